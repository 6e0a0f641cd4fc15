"""Tool calls: how a model writes them, whether it may, and how they are read."""
