"""The words pages use for clocks: their states, and what they count."""

from throughline.clocks.models import Clock

STATES = {
    "missed": ("Missed", "late"),
    "due_soon": ("Ends soon", "soon"),
    "running": ("Running", "active"),
    "paused": ("Paused", "neutral"),
    "met": ("Met", "good"),
    "stopped": ("Stopped", "neutral"),
}
"""Each state's word and tone, by what asks for somebody first."""


def length(clock: Clock) -> str:
    """Return what a clock counts, such as ``10 working days``."""
    number, word = (clock.hours, "hour") if clock.hours is not None else (clock.working_days, "working day")
    return f"{number} {word}{'' if number == 1 else 's'}"
