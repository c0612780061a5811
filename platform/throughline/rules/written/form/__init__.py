"""A rule of a common shape as fields. The text stays the source: the form reads it and writes it."""

from throughline.rules.written.form.opened import Opened, Unshown, opened
from throughline.rules.written.form.printed import Printed, printed
from throughline.rules.written.form.shape import Condition, Counted, Example, Form, Outcome, Step

__all__ = [
    "Condition",
    "Counted",
    "Example",
    "Form",
    "Opened",
    "Outcome",
    "Printed",
    "Step",
    "Unshown",
    "opened",
    "printed",
]
