"""What could be sold next to a customer."""
