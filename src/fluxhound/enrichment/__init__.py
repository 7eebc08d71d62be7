"""Neutral facts: address to network, holder and country; name to registered domain."""
