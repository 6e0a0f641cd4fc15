"""What the requests of several routes may say."""
