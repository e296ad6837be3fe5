"""`portfolio what-if` and `portfolio allocate`: what would happen if something changed."""
