"""What can go wrong in the domain. The web and the command line each say it in their own way."""

from collections.abc import Mapping, Sequence


class ThroughlineError(Exception):
    """The root of every error this product raises on purpose."""


class NotFound(ThroughlineError):
    """There is no such thing here, or it is another tenant's: the two are never told apart."""


class Forbidden(ThroughlineError):
    """The actor may see the place but may not do this."""


class Conflict(ThroughlineError):
    """The thing has changed since the actor read it, or the step was already taken."""


class Invalid(ThroughlineError):
    """The input cannot be accepted. ``errors`` maps a field's name to what would put it right."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors: dict[str, list[str]] = {field: list(messages) for field, messages in errors.items()}
        super().__init__("; ".join(f"{field}: {' '.join(found)}" for field, found in self.errors.items()))


class Misconfigured(ThroughlineError):
    """A setting is missing or unsafe, so the process refuses to start."""
