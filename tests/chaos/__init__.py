"""`make chaos`: real session traffic against a real server while something breaks."""
