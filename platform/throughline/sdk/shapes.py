"""Whether a record holds what its annotations say: the first thing asked of what a plugin returns."""

import collections.abc
import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from throughline.sdk.wording import shown

_PLAIN = {str: "text", int: "a whole number", bool: "true or false"}


def misfits(value: object, wanted: Any, path: str = "") -> Iterator[str]:
    """Name each part of ``value`` that is not of the type ``wanted``, as sentences; nothing when all fits.

    Knows the types records are made of: dataclasses, tuples of one type, mappings, unions, literals,
    callables, classes. A truth value is not a whole number.
    """
    for kinds, check in _CHECKS:
        if typing.get_origin(wanted) in kinds:
            yield from check(value, wanted, path)
            return
    if wanted is object or wanted is Any:
        return
    if not _is_a(value, wanted):
        yield f"{path or 'the record'} should be {_name(wanted)}, not {shown(value)}"
    elif dataclasses.is_dataclass(type(value)):
        record: type = type(value)
        for name, annotation in _annotations(record).items():
            yield from misfits(getattr(value, name), annotation, f"{path}.{name}" if path else name)


@functools.cache
def _annotations(record: type) -> dict[str, Any]:
    return typing.get_type_hints(record)


def _is_a(value: object, wanted: type) -> bool:
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _name(wanted: Any) -> str:
    if wanted in _PLAIN:
        return _PLAIN[wanted]
    if wanted is type(None):
        return "None"
    if typing.get_origin(wanted) is type:
        return f"a subclass of {typing.get_args(wanted)[0].__name__}"
    name: str = getattr(wanted, "__name__", str(wanted))
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"


def _check_tuple(value: object, wanted: Any, path: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"{path} should be a tuple, not {shown(value)}"
        return
    for number, item in enumerate(value):
        yield from misfits(item, typing.get_args(wanted)[0], f"{path}[{number}]")


def _check_union(value: object, wanted: Any, path: str) -> Iterator[str]:
    options = typing.get_args(wanted)
    if type(value) in options:
        yield from misfits(value, type(value), path)
    elif all(any(misfits(value, option, path)) for option in options):
        yield f"{path} should be {' or '.join(_name(option) for option in options)}, not {shown(value)}"


def _check_literal(value: object, wanted: Any, path: str) -> Iterator[str]:
    if value not in typing.get_args(wanted):
        yield f"{path} should be one of {', '.join(map(repr, typing.get_args(wanted)))}, not {shown(value)}"


def _check_mapping(value: object, wanted: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} should be a mapping, not {shown(value)}"
        return
    of_key, of_value = typing.get_args(wanted)
    for key, item in value.items():
        yield from misfits(key, of_key, f"a key of {path}")
        yield from misfits(item, of_value, f"{path}[{key!r}]")


def _check_callable(value: object, wanted: Any, path: str) -> Iterator[str]:
    if not callable(value):
        yield f"{path} should be a function, not {shown(value)}"


def _check_class(value: object, wanted: Any, path: str) -> Iterator[str]:
    (base,) = typing.get_args(wanted)
    if not (isinstance(value, type) and issubclass(value, base)):
        yield f"{path} should be a subclass of {base.__name__}, not {shown(value)}"


_CHECKS: tuple[tuple[tuple[object, ...], Callable[[object, Any, str], Iterator[str]]], ...] = (
    ((tuple,), _check_tuple),
    ((typing.Union, types.UnionType), _check_union),
    ((typing.Literal,), _check_literal),
    ((collections.abc.Mapping,), _check_mapping),
    ((collections.abc.Callable,), _check_callable),
    ((type,), _check_class),
)
