"""What if: a customer lost, values changed, hours allotted."""
