"""`python -m kit space NAME`: an agent as a Space of Hugging Face or a 创空间 of ModelScope."""
