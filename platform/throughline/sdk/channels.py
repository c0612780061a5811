"""Channels: ways for a message to leave the platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Message:
    """What is sent: no narrative and no name, only that something waits and the link to it.

    ``id`` is the same each time one message is tried again, so that a channel can keep the receiver from
    seeing two.
    """

    id: str
    subject: str
    text: str
    link: str


@dataclass(frozen=True)
class Receipt:
    """The answer of whoever took the message, or would not.

    ``accepted`` False is final: this address will not take this message, and trying again does not help.
    ``reference`` is what to ask the receiver about; ``detail`` is for the administrator.
    """

    accepted: bool
    reference: str
    detail: str


class ChannelUnavailable(Exception):
    """Raised by ``send`` when the message could not be handed over now and a later try may succeed.

    Its text is shown to the administrator: it must hold no address and no part of the message.
    """


Send = Callable[[Message, str, Mapping[str, Any]], Receipt]
"""``send(message, address, settings)``: hand the message over. Raises :class:`ChannelUnavailable` to be
tried again."""


@dataclass(frozen=True)
class Channel:
    """A way to send. ``address_kind`` says which of a person's addresses it takes."""

    key: str
    title: str
    address_kind: Literal["email"]
    send: Send
