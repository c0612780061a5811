"""What keeps the fields of a form from being written as text."""

from collections.abc import Iterator, Mapping

from throughline.rules.written.form.conditions import HOWS, NO, YES, is_number, listed
from throughline.rules.written.form.examples import given_of
from throughline.rules.written.form.shape import Condition, Counted, Form
from throughline.sdk import FactKind


def unwritable(form: Form, kinds: Mapping[str, FactKind]) -> Iterator[tuple[str, str]]:
    """Yield what would not be the same once it were text: the field, and what to do."""
    yield from _wrong_counts(form)
    if not form.conditions:
        yield "add-condition", "Say when the rule speaks: add a condition."
    for number, row in enumerate(form.conditions):
        yield from _wrong_condition(f"condition-{number}", row, kinds)
    for number, outcome in enumerate(form.outcomes):
        for place, step in enumerate(outcome.chain):
            if not step.to:
                yield f"outcome-{number}-chain-{place}-to", "Choose who hears next."
    for number, example in enumerate(form.examples):
        for message in given_of(example.given)[1]:
            yield f"example-{number}-given", message
        if example.fires not in (YES, NO):
            yield f"example-{number}-fires", "Say whether the rule speaks."


def _wrong_counts(form: Form) -> Iterator[tuple[str, str]]:
    for number, count in enumerate(form.counts):
        yield from _wrong_count(f"count-{number}", count)
    names = [count.name for count in form.counts]
    for number, name in enumerate(names):
        if name and name in names[:number]:
            yield f"count-{number}-name", "There is a look-back of this name already."


def _wrong_count(field: str, count: Counted) -> Iterator[tuple[str, str]]:
    if not count.name:
        yield f"{field}-name", "Give the look-back a name, which a condition can read."
    if not count.what:
        yield f"{field}-what", "Choose what is counted."
    if not count.same:
        yield f"{field}-same", "Choose what the earlier incidents share with this one."
    if not (count.days.isascii() and count.days.isdigit() and len(count.days) < 5):  # noqa: PLR2004
        yield f"{field}-days", "Write a whole number of days."


def _wrong_condition(field: str, row: Condition, kinds: Mapping[str, FactKind]) -> Iterator[tuple[str, str]]:
    if row.fact not in kinds:
        yield f"{field}-fact", "Choose what is looked at."
        return
    kind = kinds[row.fact]
    if row.how not in HOWS[kind]:
        yield f"{field}-how", "Choose a comparison that fits: " + ", ".join(HOWS[kind].values()) + "."
    if kind is FactKind.BOOL and row.value not in (YES, NO):
        yield f"{field}-value", "Choose yes or no."
    elif kind is FactKind.INT and not is_number(row.value):
        yield f"{field}-value", "Write a whole number."
    elif not (listed(row.value) if row.how == "one_of" else row.value):
        yield f"{field}-value", "Say what it is compared with."
