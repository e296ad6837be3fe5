"""The customers on a map of two measures."""
