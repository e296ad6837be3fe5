"""What it cost to win customers, and when it comes back."""
