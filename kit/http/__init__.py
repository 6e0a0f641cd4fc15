"""What every HTTP server of the kit is guarded by: where it listens, who may ask, how much."""
