"""Obligations: the duties an incident brings, each decided, done step by step, and kept with why."""
