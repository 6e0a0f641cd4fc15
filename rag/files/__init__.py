"""What is to be read, and what it is called: files, folders and web pages."""
