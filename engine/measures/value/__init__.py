"""Models of what a customer will still buy and be worth: one file per model, each with its source in the docstring."""
