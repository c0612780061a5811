"""How learning reaches a team, what a unit answers, and who was there: the words, each in one place."""

from dataclasses import dataclass

KINDS = {
    "team_briefing": "Team briefing",
    "reflective_session": "Reflective session",
    "supervision": "Supervision",
    "practice_guidance": "Practice guidance",
    "safety_bulletin": "Safety bulletin",
}
"""How a learning is to reach a team, by key."""


@dataclass(frozen=True)
class Answer:
    """What a unit may say a learning means there."""

    label: str
    hint: str
    asks_why: bool


ANSWERS = {
    "adopted": Answer("Adopted", "The team has it, and works this way from now on.", False),
    "already_done": Answer("Already done here", "Say since when, or how.", True),
    "not_applicable": Answer("Does not apply here", "Say why not.", True),
}
"""What a unit may answer, by key."""

STAFF = {
    "nurse": "Nurse",
    "support_worker": "Support worker or healthcare assistant",
    "doctor": "Doctor",
    "therapist": "Psychologist, therapist or social worker",
    "manager": "Manager",
    "student": "Student",
    "other": "Somebody else",
}
"""What people on a sheet say they are, by key."""

WAYS = {"present": "At the briefing", "read": "Read it"}
"""How it reached somebody, by key."""
