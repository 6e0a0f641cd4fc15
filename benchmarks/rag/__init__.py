"""What retrieval and ingest cost and gain."""
