"""The nightly scan: every open unit looked at once a night, live or replayed over the past."""
