"""The inbox, and channels that carry news out."""
