"""Books that are made of web pages."""
