"""A format's template in a sandbox: plain values in, text out, nothing else within reach."""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from throughline.evidence.document import fingerprint
from throughline.sdk import ReportFormat


class RenderProblem(Exception):
    """A template or its context failed; the text names the format and, where known, the line."""


def to_html(document: Mapping[str, Any], report_format: ReportFormat, settings: Mapping[str, Any]) -> str:
    """Return the page of a document in a format. Everything is escaped; charts come in as images.

    Raises:
        RenderProblem: the format's context or template failed.
    """
    try:
        values = plain(report_format.context(MappingProxyType(dict(document)), settings))
    except Exception as error:  # a plugin's own code
        message = f"{report_format.key}: its context failed: {type(error).__name__}: {error}"
        raise RenderProblem(message) from error
    values["fingerprint"] = fingerprint(document)
    values["measures"] = [
        {**measure, "chart": _data_url(measure["chart_svg"])} for measure in values.get("measures", [])
    ]
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.globals.clear()
    environment.globals["range"] = range
    try:
        return environment.from_string(report_format.template).render(values)
    except TemplateSyntaxError as error:
        raise RenderProblem(f"{report_format.key}, line {error.lineno}: {error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise RenderProblem(f"{report_format.key}, line {_line_of(error)}: {error}") from error


def plain(value: Any) -> Any:
    """Return a copy of plain values only: text, numbers, truth values, None, lists and mappings by text.

    Raises:
        TypeError: anything else is among them.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if value is None or type(value) in (str, int, float, bool):
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
