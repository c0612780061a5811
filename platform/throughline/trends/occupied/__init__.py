"""Entering denominators: day by day for a unit's month, or many at once from a file."""
