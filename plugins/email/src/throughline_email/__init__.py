"""Notifications by e-mail, over SMTP."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Channel, PluginInfo, hookimpl
from throughline_email.sending import send
from throughline_email.settings import EmailSettings


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is, and how its settings are checked."""
    return PluginInfo(
        key="email",
        title="E-mail",
        summary="Sends notifications by e-mail through the organisation's own mail server.",
        version="0.1.0",
        api=API_VERSION,
        settings_schema=EmailSettings,
    )


@hookimpl
def notification_channels() -> Iterable[Channel]:
    """Offer e-mail as a channel."""
    return (Channel(key="email.smtp", title="E-mail", address_kind="email", send=send),)
