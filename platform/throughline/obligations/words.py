"""The words pages use for obligations: their states, those of their steps, and when a step is to be done."""

from throughline.obligations.queries import Standing
from throughline.sdk import DutyStep

STATES = {
    "to_decide": ("To be decided", "soon"),
    "late": ("Late", "late"),
    "under_way": ("Under way", "active"),
    "done": ("Done", "good"),
    "not_required": ("Not required", "neutral"),
    "exempt": ("Exempt", "neutral"),
}
"""Each state's word and tone."""

STEP_STATES = {
    "done": ("Done", "good"),
    "covered": ("Not needed", "neutral"),
    "late": ("Late", "late"),
    "open": ("To do", "active"),
    "waits": ("Comes later", "neutral"),
    "optional": ("If it arises", "neutral"),
}
DECISIONS = {"judged": "Decided", "exempted": "Exemption claimed", "reopened": "Opened again"}
VIEWS = (
    ("open", "Open"),
    ("to_decide", "To be decided"),
    ("late", "Late"),
    ("done", "Closed"),
    ("all", "All"),
)


def length(step: DutyStep) -> str:
    """Return a step's target, such as ``within 10 working days``; empty when it has none."""
    if step.within_hours is not None:
        days, hours = divmod(step.within_hours, 24)
        number, word = (step.within_hours, "hour") if hours or not days else (days, "day")
    elif step.within_working_days is not None:
        number, word = step.within_working_days, "working day"
    else:
        return ""
    return f"within {number} {word}{'' if number == 1 else 's'}"


def progress(standing: Standing) -> str:
    """Return how many of the steps that have to be done are done, such as ``2 of 4 steps``."""
    needed = [one for one in standing.steps if not one.step.optional and one.state != "covered"]
    done = sum(one.state == "done" for one in needed)
    return f"{done} of {len(needed)} step{'' if len(needed) == 1 else 's'}"
