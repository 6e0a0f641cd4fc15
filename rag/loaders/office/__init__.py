"""What Word, Excel and PowerPoint write."""
