"""Reading a mapping file over the default one, and naming every mistake in it by file, line and key."""

import codecs
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from throughline.incidents.importing.mapping import (
    AFFECTED,
    DEFAULT_FILE,
    DELIMITERS,
    FIELDS,
    ImportMapping,
    MappingMistake,
    MappingMistakes,
    default_text,
)
from throughline.incidents.importing.words import did_you_mean, listed, plain
from throughline.incidents.taxonomy import CATEGORIES, PHYSICAL_HARM, PSYCHOLOGICAL_HARM
from throughline.sdk import LEGAL_STATUSES
from throughline.tenancy.positions import Path as KeyPath
from throughline.tenancy.positions import line_of, positions

ORDERS = ("day-first", "month-first")

_TABLES: Mapping[str, tuple[str, ...]] = {
    "personal": ("columns",),
    "dates": ("order", "excel_serials"),
    "times": ("unknown",),
    "states": ("leave_out",),
}
_TOP = ("source", "defaults", "encoding", "delimiter", "columns", "values", "blank", "units", *_TABLES)
_KEYS: Mapping[str, Mapping[str, str]] = {
    "category": {key: category.label for key, category in CATEGORIES.items()},
    "physical_harm": {key: grade.label for key, grade in PHYSICAL_HARM.items()},
    "psychological_harm": {key: grade.label for key, grade in PSYCHOLOGICAL_HARM.items()},
    "affected": AFFECTED,
    "legal_status": LEGAL_STATUSES,
}
_SUBKEYS: Mapping[str, Mapping[str, str]] = {
    key: {one.key: one.label for one in category.subcategories} for key, category in CATEGORIES.items()
}


def load_mapping(path: Path | None = None) -> ImportMapping:
    """Return the mapping in a file over the default one, or the default one alone.

    Raises:
        MappingMistakes: the file cannot be read, or something in it cannot be used.
    """
    if path is None:
        return read_mapping("", DEFAULT_FILE)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _only(str(path), f"The file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _only(str(path), "The file is not UTF-8 text.", line) from error
    return read_mapping(text, str(path))


def read_mapping(text: str, file: str) -> ImportMapping:
    """Return the mapping in a text over the default one; ``file`` is its name for messages.

    Raises:
        MappingMistakes: something in it cannot be used.
    """
    own = _Sheet(file, text)
    draft = _Draft()
    if own.flag((), "defaults", otherwise=True):
        default = _Sheet(DEFAULT_FILE, default_text())
        draft.lay(default)
        own.mistakes += default.mistakes
    draft.lay(own)
    if own.mistakes:
        raise MappingMistakes(tuple(sorted(own.mistakes)))
    return draft.mapping()


def _only(file: str, message: str, line: int = 1) -> MappingMistakes:
    return MappingMistakes((MappingMistake(file, line, "", message),))


class _Sheet:
    """One parsed file and what was found wrong in it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.mistakes: list[MappingMistake] = []
        try:
            self.raw: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"\(at line (\d+), column \d+\)", str(error))
            reason = re.sub(r"\s*\(at .*\)$", "", str(error))
            line = int(at[1]) if at else max(1, text.count("\n"))
            raise _only(file, f"This is not valid TOML: {reason}.", line) from error
        self._where = positions(text)
        self._known((), _TOP)

    def wrong(self, path: KeyPath, message: str) -> None:
        key = ".".join(map(str, path))
        self.mistakes.append(MappingMistake(self.file, line_of(self._where, path), key, message))

    def _known(self, path: KeyPath, keys: tuple[str, ...]) -> None:
        for key in self._at(path):
            if key not in keys:
                self.wrong(
                    (*path, key), f"This is not known here.{did_you_mean(key, keys)} {_there_are(keys)}"
                )

    def _at(self, path: KeyPath) -> dict[str, Any]:
        found: Any = self.raw
        for key in path:
            found = found.get(key, {})
        return found if isinstance(found, dict) else {}

    def table(self, path: KeyPath, keys: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """Go through a table's known keys and their values, naming what is not a table or not known."""
        above = self._at(path[:-1])
        if path[-1] in above and not isinstance(above[path[-1]], dict):
            self.wrong(path, f"Write this as a table: [{'.'.join(map(str, path))}].")
            return
        if keys:
            self._known(path, keys)
        for key, value in self._at(path).items():
            if not keys or key in keys:
                yield key, value

    def words(self, path: KeyPath) -> tuple[str, ...] | None:
        """Return a list of texts (or one text alone), or ``None`` where there is none."""
        value = self._at(path[:-1]).get(str(path[-1]))
        if isinstance(value, str):
            value = [value]
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value):
            return tuple(value)
        self.wrong(path, 'Write a list of words, such as ["Self harm", "DSH"].')
        return None

    def text(self, path: KeyPath, allowed: tuple[str, ...] = ()) -> str | None:
        """Return a text, one of some if only those may stand here, or ``None`` where there is none."""
        value = self._at(path[:-1]).get(str(path[-1]))
        if value is None:
            return None
        if isinstance(value, str) and (value in allowed if allowed else value.strip()):
            return value
        options = " or ".join(repr(one) for one in allowed)
        self.wrong(path, f"Write {options}." if allowed else "Write a text.")
        return None

    def flag(self, path: KeyPath, key: str, *, otherwise: bool) -> bool:
        """Return a truth value, or ``otherwise`` where there is none."""
        value = self._at(path).get(key, otherwise)
        if not isinstance(value, bool):
            self.wrong((*path, key), "Write true or false.")
            return otherwise
        return value


def _there_are(keys: tuple[str, ...] | Mapping[str, str]) -> str:
    return f"There are: {listed(keys)}."


class _Draft:
    """A mapping that takes one file after another; the later one's words come first."""

    def __init__(self) -> None:
        self.source = ""
        self.columns: dict[str, tuple[str, ...]] = dict.fromkeys(FIELDS, ())
        self.personal: set[str] = set()
        self.values = {field: _own_words(labels) for field, labels in _KEYS.items()}
        self.subcategories = {category: _own_words(labels) for category, labels in _SUBKEYS.items()}
        self.blank: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self.unknown_times: set[str] = set()
        self.leave_out: frozenset[str] = frozenset()
        self.day_first = self.excel_serials = True
        self.encoding: str | None = None
        self.delimiter: str | None = None

    def lay(self, sheet: _Sheet) -> None:
        """Take over what one file says."""
        self._top(sheet)
        self.personal |= set(map(plain, sheet.words(("personal", "columns")) or ()))
        self._columns(sheet)
        for table, keys in _TABLES.items():
            list(sheet.table((table,), keys))
        order = sheet.text(("dates", "order"), ORDERS)
        self.day_first = self.day_first if order is None else order == ORDERS[0]
        self.excel_serials = sheet.flag(("dates",), "excel_serials", otherwise=self.excel_serials)
        self.unknown_times |= set(map(_time_word, sheet.words(("times", "unknown")) or ()))
        states = sheet.words(("states", "leave_out"))
        self.leave_out = self.leave_out if states is None else frozenset(map(plain, states))
        self._blank(sheet)
        self._values(sheet)
        for unit, _ in sheet.table(("units",), ()):
            for word in sheet.words(("units", unit)) or ():
                self.units[plain(word)] = unit

    def _top(self, sheet: _Sheet) -> None:
        self.source = sheet.text(("source",)) or self.source
        self.delimiter = sheet.text(("delimiter",), DELIMITERS) or self.delimiter
        encoding = sheet.text(("encoding",))
        if encoding is not None:
            try:
                codecs.lookup(encoding)
                "".encode(encoding)
                self.encoding = encoding
            except LookupError:
                sheet.wrong(
                    ("encoding",), f"There is no text encoding {encoding!r}; write one such as cp1252."
                )

    def _columns(self, sheet: _Sheet) -> None:
        for field, _ in sheet.table(("columns",), tuple(FIELDS)):
            headers = sheet.words(("columns", field)) or ()
            for header in headers:
                if plain(header) in self.personal:
                    message = f"The column {header!r} holds personal data (see [personal]) and is never read."
                    sheet.wrong(("columns", field), message)
            self.columns[field] = (*headers, *self.columns[field])

    def _blank(self, sheet: _Sheet) -> None:
        for field, _ in sheet.table(("blank",), tuple(_KEYS)):
            key = sheet.text(("blank", field), tuple(_KEYS[field]))
            if key is not None:
                self.blank[field] = key

    def _values(self, sheet: _Sheet) -> None:
        for field, _ in sheet.table(("values",), (*_KEYS, "subcategory")):
            if field != "subcategory":
                self._take(sheet, ("values", field), _KEYS[field], self.values[field])
        for category, _ in sheet.table(("values", "subcategory"), tuple(_SUBKEYS)):
            path = ("values", "subcategory", category)
            self._take(sheet, path, _SUBKEYS[category], self.subcategories[category])

    def _take(self, sheet: _Sheet, path: KeyPath, labels: Mapping[str, str], into: dict[str, str]) -> None:
        said: dict[str, str] = {}
        for key, _ in sheet.table(path, tuple(labels)):
            for word in sheet.words((*path, key)) or ():
                before = said.setdefault(plain(word), key)
                if before != key:
                    sheet.wrong((*path, key), f"{word!r} already means {before!r} in this table.")
        into.update(said)

    def mapping(self) -> ImportMapping:
        """Return the finished mapping."""
        return ImportMapping(
            source=self.source,
            columns=self.columns,
            personal=frozenset(self.personal),
            values=self.values,
            subcategories=self.subcategories,
            blank=self.blank,
            units=self.units,
            unknown_times=frozenset(self.unknown_times),
            leave_out=self.leave_out,
            day_first=self.day_first,
            excel_serials=self.excel_serials,
            encoding=self.encoding,
            delimiter=self.delimiter,
        )


def _own_words(labels: Mapping[str, str]) -> dict[str, str]:
    return {plain(word): key for key, label in labels.items() for word in (key, label)}


def _time_word(word: str) -> str:
    return " ".join(word.casefold().split())
