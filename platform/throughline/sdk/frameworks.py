"""Frameworks: the methods a review follows, with their stages and the factors they look for."""

from dataclasses import dataclass


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
class Framework:
    """A method of review. Every version is kept: a review opens with the version it was written in."""

    key: str
    version: int
    title: str
    citation: str
    summary: str
    stages: tuple[Stage, ...]
    factors: tuple[FactorGroup, ...]
