"""What is wrong with a plugin, said so that the person who looks after the system can act."""

import traceback
from dataclasses import dataclass

from throughline.sdk import ChannelUnavailable


@dataclass(frozen=True)
class Problem:
    """An enabled plugin is not in use; ``message`` is a sentence that names it."""

    plugin: str
    message: str


class PluginFailure(Exception):
    """A plugin's function raised while it worked; the caller decides what follows.

    The message holds the record, the type of the error and the place in the plugin, never the error's own
    text: that may quote what the function was given. A channel that is unavailable is the exception: its
    text is made for the administrator, and ``temporary`` is true.
    """

    def __init__(self, plugin: str, version: str, record: str, error: BaseException) -> None:
        self.plugin = plugin
        self.version = version
        self.record = record
        self.temporary = isinstance(error, ChannelUnavailable)
        what = str(error) if self.temporary else f"{type(error).__name__} at {_place(error)}"
        super().__init__(f"{record} of the plugin {plugin} {version} failed: {what}")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    return "/".join(frames[-1].filename.replace("\\", "/").split("/")[-2:]) + f", line {frames[-1].lineno}"
