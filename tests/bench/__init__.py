"""Measurements: commands of their own, never part of a test run."""
