"""The parts of the ``throughline`` command that work inside a tenant."""
