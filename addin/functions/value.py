"""Lifetime value and the probability that a customer stays away."""
