"""Questions to an endpoint, each of which shows one thing that it can or can't do."""
