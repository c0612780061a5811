"""Escalation rules: their language, the engine that evaluates them, and what they cause."""
