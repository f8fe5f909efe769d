"""Faults, injected for real: whatever happens to phone, network and server, nothing is lost and nothing counts twice."""
