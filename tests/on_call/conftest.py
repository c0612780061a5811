"""Calder's people and units, and the scope as different people have it."""

from tests.clocks.conftest import as_, people

__all__ = ["as_", "people"]
