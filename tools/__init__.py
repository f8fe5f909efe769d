"""What `make` runs: nothing of this is part of the application."""
