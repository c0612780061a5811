"""One conversation with a mail server for one message.

What is permanent becomes a receipt that says so; what may pass is raised as ``ChannelUnavailable`` and
tried again. A server that dies after the text but before its answer leaves it open whether the message
went: it is then sent again under the same Message-ID, by which mail systems and people recognise the same
message.
"""

import contextlib
import smtplib
import ssl
from collections.abc import Mapping
from typing import Any

from throughline.sdk import ChannelUnavailable, Message, Receipt
from throughline_email.composing import UnusableAddress, compose

PERMANENT = 500


def send(message: Message, address: str, settings: Mapping[str, Any]) -> Receipt:
    """Hand a message to the mail server for one address.

    Returns a receipt whose ``reference`` is the Message-ID; ``accepted`` is False when the address is not
    one, or the server refuses it for good.

    Raises:
        ChannelUnavailable: the server cannot be reached, breaks off, asks to wait, or does not let us in.
    """
    try:
        mail = compose(message, address, settings["from_name"], settings["from_address"])
    except UnusableAddress as error:
        return Receipt(accepted=False, reference="", detail=str(error))
    reference = mail["Message-ID"]
    server = f"{settings['host']}:{settings['port']}"
    try:
        connection = _connect(settings)
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelUnavailable(f"The mail server {server} is not usable: {_said(error)}.") from error
    try:
        connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = min(code for code, _ in error.recipients.values())
        return _refused(code, reference, f"{server} refuses the address", error)
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, reference, f"{server} refuses the message", error)
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelUnavailable(f"The mail server {server} broke off: {_said(error)}.") from error
    finally:
        _leave(connection)
    return Receipt(accepted=True, reference=reference, detail=f"{server} accepted the message.")


def _connect(settings: Mapping[str, Any]) -> smtplib.SMTP:
    connection = smtplib.SMTP(settings["host"], settings["port"], timeout=settings["timeout_seconds"])
    try:
        if settings["starttls"]:
            connection.starttls(context=ssl.create_default_context())
        if settings["username"]:
            connection.login(settings["username"], settings["password"])
    except BaseException:
        _leave(connection)
        raise
    return connection


def _leave(connection: smtplib.SMTP) -> None:
    # The message is handed over or not by now; a farewell that goes wrong changes nothing about it.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()


def _refused(code: int, reference: str, what: str, error: Exception) -> Receipt:
    if code < PERMANENT:
        raise ChannelUnavailable(f"{what} for now (code {code}).") from error
    return Receipt(accepted=False, reference=reference, detail=f"{what} (code {code}).")


_SAID: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "it does not accept the username and password"),
    (smtplib.SMTPSenderRefused, "it does not let the settings' from address send"),
    (smtplib.SMTPNotSupportedError, "it does not offer what the settings ask for, STARTTLS or sign-in"),
    (smtplib.SMTPResponseException, "it did not agree to go on"),
    (smtplib.SMTPServerDisconnected, "it closed the connection"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (TimeoutError, "it did not answer in time"),
    (ConnectionRefusedError, "nothing answers there"),
)


def _said(error: Exception) -> str:
    # A server's own words may quote an address; its code and the kind of error do not. When waiting ends,
    # smtplib says that the connection is closed and keeps the true reason behind it.
    if isinstance(error.__context__, TimeoutError):
        error = error.__context__
    said = next((words for kind, words in _SAID if isinstance(error, kind)), type(error).__name__)
    code = getattr(error, "smtp_code", None)
    return f"{said} (code {code})" if code else said
