"""Throughline: one clear line from an incident to measured improvement."""
