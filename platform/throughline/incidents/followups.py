"""Follow-up questions from plugins: shown for the category they concern, checked by their kind."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from throughline.sdk import Field, FieldKind, FieldSet
from throughline.tenancy.scope import Scope

_LONGEST_TEXT = 2000
_LARGEST_NUMBER = 10**9
_YES, _NO = "yes", "no"


def field_sets(scope: Scope, category: str) -> list[FieldSet]:
    """Return the tenant's field sets that concern a category."""
    return [found for found in scope.catalogue.field_sets.values() if category in found.applies_to]


def name_of(field_set: FieldSet, field: Field) -> str:
    """Return the name of a question's form field."""
    return f"{field_set.key}.{field.key}"


def read(
    sets: Iterable[FieldSet], form: "MultiDict[str, str]"
) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Return the answers by field set key, and the errors by form field name."""
    answers: dict[str, dict[str, Any]] = {}
    errors: dict[str, list[str]] = {}
    for field_set in sets:
        found: dict[str, Any] = {}
        for field in field_set.fields:
            name = name_of(field_set, field)
            try:
                value = _value(field, [text.strip() for text in form.getlist(name) if text.strip()])
            except ValueError as wrong:
                errors[name] = [str(wrong)]
                continue
            if value is not None:
                found[field.key] = value
            elif field.required:
                errors[name] = [f"Answer this: {field.label}"]
        if found:
            answers[field_set.key] = found
    return answers, errors


def _value(field: Field, given: list[str]) -> Any:
    if not given:
        return None
    if field.kind is FieldKind.CHOICES:
        return [_choice(field, text) for text in dict.fromkeys(given)]
    return _READERS[field.kind](field, given[0])


def _text(_field: Field, text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"Use {_LONGEST_TEXT:,} characters or fewer")
    return text


def _yes_no(_field: Field, text: str) -> bool:
    if text not in (_YES, _NO):
        raise ValueError("Choose yes or no")
    return text == _YES


def _choice(field: Field, text: str) -> str:
    if text not in {choice.key for choice in field.choices}:
        raise ValueError("Choose from the list")
    return text


def _number(_field: Field, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text[:12]) > _LARGEST_NUMBER:
        raise ValueError("Write a whole number, such as 10")
    return int(text)


def _moment(_field: Field, text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat(timespec="minutes")
    except ValueError as wrong:
        raise ValueError("Choose a day and time") from wrong


_READERS: Mapping[FieldKind, Callable[[Field, str], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
    FieldKind.NUMBER: _number,
    FieldKind.DATE_TIME: _moment,
}


def as_typed(sets: Iterable[FieldSet], extra: Mapping[str, Mapping[str, Any]]) -> "MultiDict[str, str]":
    """Return recorded answers as a form would send them."""
    typed: MultiDict[str, str] = MultiDict()
    for field_set in sets:
        for field in field_set.fields:
            value = extra.get(field_set.key, {}).get(field.key)
            if value is None:
                continue
            texts = value if isinstance(value, list) else [value]
            words = [(_YES if one else _NO) if isinstance(one, bool) else str(one) for one in texts]
            typed.setlist(name_of(field_set, field), words)
    return typed


def described(sets: Iterable[FieldSet], extra: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return (question, answer) in words, for reading back what was answered."""
    return [
        (field.label, in_words(field, extra[field_set.key][field.key]))
        for field_set in sets
        for field in field_set.fields
        if field.key in extra.get(field_set.key, {})
    ]


def in_words(field: Field, value: Any) -> str:
    """Return the answer to a question as people say it."""
    labels = {choice.key: choice.label for choice in field.choices}
    if field.kind is FieldKind.YES_NO:
        return "Yes" if value else "No"
    if field.kind is FieldKind.DATE_TIME:
        return _day_and_time(str(value))
    if isinstance(value, list):
        return ", ".join(labels.get(item, str(item)) for item in value)
    return labels.get(str(value), str(value))


def _day_and_time(text: str) -> str:
    """Return a moment on the wall clock as people say it; as it stands when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.day} {at:%b %Y, %H:%M}"
