"""The words pages use for keys: roles, states, harm. One table each, so that a word changes in one place."""

from dataclasses import dataclass

ROLES = {
    "reporter": "Frontline staff",
    "unit_manager": "Unit manager",
    "governance_lead": "Governance lead",
    "executive": "Executive",
    "consultant": "Governance consultant",
    "administrator": "Administrator",
    "commissioner": "Commissioner",
    "operator": "Platform operator",
    "system": "Throughline",
}

HARM = ("none", "low", "moderate", "severe", "fatal")

LINE_STEPS = {
    "reported": "Reported",
    "triaged": "Triaged",
    "reviewed": "Reviewed",
    "analysed": "Analysed",
    "learned": "Learned",
    "acted": "Acted on",
    "improved": "Improved",
}


@dataclass(frozen=True)
class Status:
    """A word and its tone: ``neutral``, ``active``, ``good``, ``soon`` or ``late``."""

    text: str
    tone: str


STATUSES = {
    "reported": Status("Reported", "neutral"),
    "new": Status("New", "active"),
    "open": Status("Open", "active"),
    "draft": Status("Draft", "neutral"),
    "triaged": Status("Triaged", "active"),
    "in_review": Status("In review", "active"),
    "reviewed": Status("Reviewed", "good"),
    "in_progress": Status("In progress", "active"),
    "closed": Status("Closed", "neutral"),
    "done": Status("Done", "good"),
    "due": Status("Due", "soon"),
    "late": Status("Late", "late"),
    "overdue": Status("Overdue", "late"),
    "not_needed": Status("Not needed", "neutral"),
    "waiting": Status("Not yet", "neutral"),
    "gap": Status("Gap", "late"),
    "acknowledged": Status("Acknowledged", "good"),
    "unacknowledged": Status("Waiting for acknowledgement", "soon"),
    "sent": Status("Sent", "good"),
    "queued": Status("Waiting to start", "neutral"),
    "running": Status("Being made", "active"),
    "ready": Status("Ready", "good"),
    "failed": Status("Did not finish", "late"),
    "published": Status("Published", "good"),
    "withdrawn": Status("Withdrawn", "neutral"),
    "live": Status("Live", "good"),
    "shadow": Status("Shadow", "soon"),
    "retired": Status("Retired", "neutral"),
    "improved": Status("Improved", "good"),
    "no_change": Status("No change", "neutral"),
    "worse": Status("Worse", "late"),
    "cannot_tell": Status("Cannot tell yet", "soon"),
    "stronger": Status("Stronger action", "good"),
    "intermediate": Status("Intermediate action", "active"),
    "weaker": Status("Weaker action", "soon"),
}


def status(key: str, text: str = "", tone: str = "") -> Status:
    """Return the word and tone of a state; an unknown key is shown as its own words, in a neutral tone."""
    known = STATUSES.get(key) or Status(key.replace("_", " ").capitalize(), "neutral")
    return Status(text or known.text, tone or known.tone)


def role_word(key: str) -> str:
    """Return a role's name as people say it."""
    if key == "on_call":
        return "One on call"
    if key.partition(":")[0] == "person":
        return "Person the rule names"
    return ROLES.get(key) or key.replace("_", " ").capitalize()


def harm_status(grade: str, scale: str = "") -> Status:
    """Return a harm grade's word and tone; ``scale`` is ``physical``, ``psychological`` or empty."""
    tones = {"none": "neutral", "low": "neutral", "moderate": "soon", "severe": "late", "fatal": "late"}
    kind = f"{scale} harm" if scale else "harm"
    if grade == "fatal":
        return Status("Fatal", "late")
    if grade == "none":
        return Status(f"No {kind}", "neutral")
    return Status(f"{grade.replace('_', ' ').capitalize()} {kind}", tones.get(grade, "neutral"))


def count_text(number: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun, such as ``1 incident`` or ``1,204 incidents``."""
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {noun}"


def number_text(value: float, places: int = 0) -> str:
    """Return a number with thousands separated and a fixed number of decimal places."""
    return f"{value:,.{places}f}"


def percent_text(part: float, whole: float = 1.0) -> str:
    """Return a share as a whole percentage; ``–`` when there is nothing to take a share of.

    Not quite everything never rounds up to 100%, nor something down to 0%.
    """
    if not whole:
        return "–"
    share = 100 * part / whole
    rounded = round(share)
    if rounded == 100 and share < 100:  # noqa: PLR2004 - the whole
        return "99%"
    if rounded == 0 and share > 0:
        return "1%"
    return f"{rounded}%"
