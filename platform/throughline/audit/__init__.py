"""The append-only trail: who did what, when, from where, and what it was before."""
