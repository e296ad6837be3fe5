"""One customer on a card, and where its numbers come from."""
