"""What is looked at: a noun a file, each a function from the set-up to findings."""
