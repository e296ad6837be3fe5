"""Lists of customers by name or by a filter."""
