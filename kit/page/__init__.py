"""What the server's page and those of agents share: how NiceGUI is mounted, and what a conversation is made of."""
