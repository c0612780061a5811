"""A format's template in a sandbox: plain values in, text out, nothing else within reach."""

import base64
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from throughline.evidence.document import fingerprint
from throughline.sdk import ReportFormat

# What XML cannot hold, and what would turn the direction of the text that follows: shown as U+FFFD.
_NOT_SHOWN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")


class RenderProblem(Exception):
    """A format failed; the text says what of it and, where known, on which line of its template."""


def to_html(
    document: Mapping[str, Any],
    report_format: ReportFormat,
    settings: Mapping[str, Any],
    drawable: Callable[[str], str] = str,
) -> str:
    """Return the page of a document in a format. Everything is escaped; charts come in as images.

    The template sees the values of the format's context, ``fingerprint`` and, beside each measure's
    ``chart_svg``, a ``chart`` to put in an image's ``src``. ``drawable`` makes the text of page and charts
    such as the fonts can draw.

    Raises:
        RenderProblem: the format's context or template failed.
    """
    try:
        values = plain(report_format.context(MappingProxyType(dict(document)), settings))
    except Exception as error:  # a plugin's own code
        raise RenderProblem(f"its context failed: {type(error).__name__}: {error}") from error
    values["fingerprint"] = fingerprint(document)
    values["measures"] = [
        {**measure, "chart": _data_url(drawable(measure["chart_svg"]))}
        for measure in values.get("measures", [])
    ]
    environment = _sandbox()
    try:
        parsed = environment.parse(report_format.template)
        for unescaped in parsed.find_all(nodes.EvalContextModifier):
            raise RenderProblem(f"line {unescaped.lineno}: escaping cannot be switched")
        return drawable(environment.from_string(parsed).render(values))
    except RenderProblem:
        raise
    except TemplateSyntaxError as error:
        raise RenderProblem(f"line {error.lineno}: {error.message}") from error
    except MemoryError:
        raise
    except Exception as error:  # whatever a template makes of its values
        raise RenderProblem(f"line {_line_of(error)}: {error or type(error).__name__}") from error


def _sandbox() -> ImmutableSandboxedEnvironment:
    """Return an environment without a way to call, to change, or to leave text unescaped."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    bounded_range = environment.globals["range"]  # the sandbox's own, which refuses to count for ever
    environment.globals.clear()
    environment.globals["range"] = bounded_range
    del environment.filters["safe"]
    return environment


def plain(value: Any) -> Any:
    """Return a copy of plain values only: text, numbers, truth values, None, lists and mappings by text.

    Raises:
        TypeError: anything else is among them.
    """
    if type(value) is str:
        return _NOT_SHOWN.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if value is None or type(value) in (int, float, bool):
        return value
    raise TypeError(f"{type(value).__name__} is not a plain value")


def _data_url(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _line_of(error: BaseException) -> int:
    """Return the template's line an error came from: the last frame that Jinja compiled from text."""
    line, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == "<template>":
            line = at.tb_lineno
        at = at.tb_next
    return line
