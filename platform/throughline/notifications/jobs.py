"""Carry one notification out by one channel."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from throughline.accounts.models import User
from throughline.catalogue import InvalidSettings, PluginFailure
from throughline.jobs.registry import job
from throughline.jobs.task import Task
from throughline.kernel.errors import NotFound
from throughline.notifications.events import DeliveryFailed
from throughline.notifications.models import Delivery, Digest, Notification
from throughline.notifications.preferences import AT_ONCE
from throughline.sdk import Channel, Message, Receipt
from throughline.sdk.shapes import misfits
from throughline.tenancy.scope import Scope

_LONGEST_DETAIL = 500


class NotSent(Exception):
    """The channel could not carry the message now; the job is tried again."""


class NoReceipt(Exception):
    """A channel's answer is none: nobody knows whether the message went out.

    It is tried again under the same id, so that a receiver can tell a repeat from news.
    """


def give_up(task: Task, scope: Scope) -> None:
    """Say on the delivery that it was given up, and tell the administrator's list of problems."""
    delivery = _delivery(scope, task)
    if delivery.state == "waiting":
        delivery.state = "given_up"
    scope.emit(DeliveryFailed(delivery.id, delivery.channel, delivery.detail or "It could not be sent."))


@job("notifications.deliver", timeout=60, attempts=5, on_dead=give_up)
def deliver(task: Task) -> None:
    """Send once. A message carries the delivery's id, so a receiver can tell a repeat from news."""
    with task.read() as scope:
        delivery = _delivery(scope, task)
        if delivery.state != "waiting":
            return
        letter = _letter(scope, delivery)
        user = scope.session.get_one(User, letter.user_id)
        message = Message(
            id=str(delivery.id),
            subject=letter.subject,
            text=letter.body,
            link=task.scopes.public_url + letter.link,
        )
        channel_key, address, catalogue = delivery.channel, user.email, scope.catalogue
        raw = scope.tenant.pack.plugins.get(channel_key.split(".")[0], {})
        allowed = user.disabled_at is None
    if letter.read_first:
        with task.publish() as scope:
            _delivery(scope, task).state = "not_needed"
        return
    receipt = Receipt(accepted=False, reference="", detail="The account is disabled.")
    if allowed:
        try:
            channel = catalogue.channels[channel_key]
            settings = catalogue.settings_for(channel_key.split(".")[0], raw, os.environ)
            receipt = catalogue.call(channel_key, _receipt, channel, message, address, settings)
        except (KeyError, InvalidSettings, PluginFailure) as error:
            reason = (
                f"The channel {channel_key} is not available." if isinstance(error, KeyError) else str(error)
            )
            with task.read() as scope:
                _delivery(scope, task).detail = _storable(reason)
            raise NotSent(reason) from error
    with task.publish() as scope:
        delivery = _delivery(scope, task)
        delivery.state = "sent" if receipt.accepted else "refused"
        delivery.detail = _storable(receipt.detail)
        delivery.sent_at = scope.now()
        if not receipt.accepted:
            scope.emit(DeliveryFailed(delivery.id, delivery.channel, delivery.detail))


@dataclass(frozen=True)
class _Letter:
    """What goes out: a notice of its own, or a digest. ``read_first``: it could wait, and was read."""

    user_id: UUID
    subject: str
    body: str
    link: str
    read_first: bool = False


def _letter(scope: Scope, delivery: Delivery) -> _Letter:
    if delivery.digest_id is not None:
        digest = scope.session.get_one(Digest, (scope.tenant.id, delivery.digest_id))
        return _Letter(digest.user_id, digest.subject, digest.body, f"/t/{scope.tenant.slug}/inbox")
    told = scope.session.get_one(Notification, (scope.tenant.id, delivery.notification_id))
    read_first = told.kind not in AT_ONCE and told.read_at is not None
    return _Letter(told.user_id, told.subject, told.body, told.link, read_first)


def _receipt(channel: Channel, message: Message, address: str, settings: Mapping[str, Any]) -> Receipt:
    """Hand a message to a channel and hold its answer against what a receipt is."""
    found = channel.send(message, address, settings)
    if type(found) is not Receipt or any(misfits(found, Receipt)):
        raise NoReceipt
    return found


def _storable(words: str) -> str:
    """Return a plugin's words as a row can hold them, and short."""
    return words[:_LONGEST_DETAIL].replace("\x00", "").encode(errors="replace").decode()


def _delivery(scope: Scope, task: Task) -> Delivery:
    found = scope.session.get(Delivery, (scope.tenant.id, UUID(task.args["delivery"])))
    if found is None:
        raise NotFound("no such delivery")
    return found
