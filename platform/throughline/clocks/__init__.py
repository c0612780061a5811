"""Clocks: by when something must be done about an incident, counted in hours or in working days."""
