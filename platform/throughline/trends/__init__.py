"""Counts, denominators, statistical process control and charts."""
