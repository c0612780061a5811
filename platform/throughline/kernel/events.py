"""News inside one transaction: a lower feature tells, a higher one listens.

Handlers run at once, in the order they subscribed, in the teller's transaction. A handler that raises
undoes the whole change, which is what a handler that keeps counts or opens an escalation wants.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that happened, named in the past tense."""


class Bus:
    """The subscriptions of one process, made once by the composition root."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Callable[[Any, Any], None]]] = defaultdict(list)

    def subscribe(self, kind: type[Event], handler: Callable[[Any, Any], None]) -> None:
        """Call ``handler(scope, event)`` for every event of exactly this kind."""
        self._handlers[kind].append(handler)

    def dispatch(self, scope: Any, event: Event) -> None:
        """Hand an event to everyone who listens for it."""
        for handler in self._handlers[type(event)]:
            handler(scope, event)
