"""What moved between two runs."""
