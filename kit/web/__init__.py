"""What is asked over the network: addresses as people write them, the model hubs, and certificates."""
