"""Learnings, shares and acknowledgements."""
