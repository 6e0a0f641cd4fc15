"""PDF: its text, its outline, and pages that are pictures."""
