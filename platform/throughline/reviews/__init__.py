"""Learning responses, written in frameworks that look at systems."""
