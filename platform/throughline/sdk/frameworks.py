"""Frameworks: the methods a review follows, with their stages and the factors they look for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Stage:
    """One step of a review: the question to answer (``prompt``) and how to go about it (``guidance``)."""

    key: str
    title: str
    prompt: str
    guidance: str


@dataclass(frozen=True)
class FactorGroup:
    """One part of the system to look at. ``theme`` is a key of ``THEMES``, shared by all frameworks."""

    key: str
    title: str
    prompt: str
    guidance: str
    examples: tuple[str, ...]
    theme: str


@dataclass(frozen=True)
class FoundFactor:
    """A factor that a review named. ``group`` is the key of its ``FactorGroup``."""

    group: str
    theme: str
    kind: Literal["barrier", "facilitator"]
    text: str
    evidence: str


@dataclass(frozen=True)
class WrittenReview:
    """What a review says so far: the text of each stage by the stage's key, and the factors named."""

    answers: Mapping[str, str]
    factors: tuple[FoundFactor, ...]


Objections = Callable[[WrittenReview], Iterable[str]]
"""Says, a sentence each, what a method still asks for before a review may be signed off."""


def no_objections(review: WrittenReview) -> Iterable[str]:
    """Ask for nothing beyond what the platform asks of every review."""
    return ()


@dataclass(frozen=True)
class Framework:
    """A method of review. Every version is kept: a review opens with the version it was written in.

    Its factors cover the themes of ``SECTOR_THEMES``. Before sign-off the platform asks that every stage is
    written and a factor named; ``objections`` is what the method itself asks for beyond that. It is pure.
    ``usual_for`` names the kinds of review (``REVIEW_KINDS``) for which a form offers it first.
    """

    key: str
    version: int
    title: str
    citation: str
    summary: str
    stages: tuple[Stage, ...]
    factors: tuple[FactorGroup, ...]
    objections: Objections = no_objections
    usual_for: tuple[str, ...] = ()
