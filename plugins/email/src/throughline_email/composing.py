"""The mail itself: what the message carries and nothing else, with headers no text can break out of."""

import hashlib
import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from throughline.sdk import Message

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class UnusableAddress(Exception):
    """The address is not one address; the message says so without quoting it."""


def compose(message: Message, address: str, from_name: str, from_address: str) -> EmailMessage:
    """Write the mail for one address.

    The Message-ID comes from the message's id, so that a second try is the same mail.

    Raises:
        UnusableAddress: ``address`` is not exactly one e-mail address.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _one_line(message.subject)
    mail["From"] = Address(_one_line(from_name), addr_spec=from_address)
    mail["To"] = _recipient(address)
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = message_id(message, from_address)
    # Keeps out-of-office replies from answering (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    # Quoted-printable passes every server, also one that has not learned eight bits.
    mail.set_content(f"{message.text.rstrip()}\n\n{_one_line(message.link)}\n", cte="quoted-printable")
    return mail


def message_id(message: Message, from_address: str) -> str:
    """Derive the Message-ID of a message: the same for the same id and sender, whenever it is made."""
    local = message.id if _SAFE_ID.match(message.id) else hashlib.sha256(message.id.encode()).hexdigest()
    return f"<{local}@{from_address.rpartition('@')[2]}>"


def _recipient(address: str) -> Address:
    if _CONTROLS.search(address) or address != address.strip():
        raise UnusableAddress("The address holds characters that no e-mail address has.")
    try:
        recipient = Address(addr_spec=address)
        # Every server knows the ASCII form of a domain, few the letters it stands for.
        domain = recipient.domain.encode("idna").decode("ascii")
    except (HeaderParseError, ValueError, IndexError) as error:
        raise UnusableAddress("The address is not an e-mail address.") from error
    if not recipient.username or not domain:
        raise UnusableAddress("The address is not an e-mail address.")
    return Address(username=recipient.username, domain=domain)


def _one_line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())
