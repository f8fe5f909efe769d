"""Fixtures by subject."""
