"""Read packs from files and name every mistake by file, line and a plain message."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from throughline.catalogue import Catalogue, InvalidSettings, catalogue_for
from throughline.sdk.wording import hidden_character
from throughline.tenancy.pack import KEY, PackSchema, known_timezone
from throughline.tenancy.positions import Path as KeyPath
from throughline.tenancy.positions import line_of, positions

COMMISSIONERS_FILE = "commissioners.toml"
RULES_FOLDER = "rules"
LARGEST_RULES = 256 * 1024
LARGEST_PACK = 512 * 1024
DEEPEST = 12
MOST_UNITS_ABOVE = 20
_KEY_FIELDS = ("name", "kind")


@dataclass(frozen=True, order=True)
class Mistake:
    """Something in a file that cannot be applied."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class PackFile:
    """A pack that was read: its tenant's slug, its checked JSON form, and what is wrong with it."""

    slug: str
    raw: Mapping[str, Any]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class PackFolder:
    """Every pack of a folder and the commissioners named beside them."""

    packs: tuple[PackFile, ...]
    commissioners: Mapping[str, Mapping[str, str]]
    mistakes: tuple[Mistake, ...]

    @property
    def all_mistakes(self) -> tuple[Mistake, ...]:
        """Every mistake in the folder, in order of file and line."""
        return tuple(sorted((*self.mistakes, *(wrong for pack in self.packs for wrong in pack.mistakes))))


def read_folder(folder: Path, environ: Mapping[str, str], only: str | None = None) -> PackFolder:
    """Read and check a folder of packs, or one tenant's in it."""
    commissioners, mistakes = _read_commissioners(folder / COMMISSIONERS_FILE)
    slugs = sorted(path.parent.name for path in folder.glob("*/tenant.toml"))
    if only is not None and only not in slugs:
        mistakes.append(Mistake(str(folder / only / "tenant.toml"), 1, "There is no such file."))
    chosen = [slug for slug in slugs if only in (None, slug)]
    packs = tuple(
        read_pack(folder / slug / "tenant.toml", slug, set(commissioners), environ) for slug in chosen
    )
    if not slugs:
        mistakes.append(Mistake(str(folder), 1, "There is no pack here: expected <slug>/tenant.toml."))
    return PackFolder(packs, commissioners, tuple(mistakes))


def read_pack(path: Path, slug: str, commissioners: set[str], environ: Mapping[str, str]) -> PackFile:
    """Read and check one ``tenant.toml``."""
    raw, where, mistakes = _parse(path)
    if raw is None:
        return PackFile(slug, {}, tuple(mistakes))

    def wrong(path_in_file: KeyPath, message: str) -> None:
        mistakes.append(Mistake(str(path), line_of(where, path_in_file), message))

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", slug):
        wrong(
            (), f"The folder name {slug!r} is the tenant's address: use lower-case letters, digits, hyphens."
        )
    plain = _jsonable(raw)
    for key_path, message in _unprintable(plain):
        wrong(key_path, f"{'.'.join(str(part) for part in key_path)}: {message}")
    if mistakes:
        return PackFile(slug, plain, tuple(sorted(mistakes)))
    try:
        loaded = PackSchema().load(plain)
    except ValidationError as error:
        for key_path, message in _flatten(error.messages):
            wrong(key_path, f"{'.'.join(str(part) for part in key_path) or 'file'}: {message}")
        return PackFile(slug, plain, tuple(sorted(mistakes)))
    for key_path, message in _semantic_mistakes(loaded, plain, commissioners, environ):
        wrong(key_path, f"{'.'.join(str(part) for part in key_path)}: {message}")
    rules = _read_rules(path.parent / RULES_FOLDER, mistakes)
    return PackFile(slug, {**plain, "rules": rules} if rules else plain, tuple(sorted(mistakes)))


def _read_rules(folder: Path, mistakes: list[Mistake]) -> dict[str, str]:
    """Return the text of each file of rules by its name; what it says is checked by the rules themselves."""
    found = {}
    for path in sorted(folder.glob("*")):
        if path.suffix != ".yaml":
            mistakes.append(Mistake(str(path), 1, "Only files that end in .yaml belong here."))
            continue
        try:
            found[path.name] = _text_of(path, LARGEST_RULES).replace("\r\n", "\n")
        except _TooLarge as large:
            mistakes.append(Mistake(str(path), 1, str(large)))
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            mistakes.append(Mistake(str(path), line, "The file is not UTF-8 text."))
        except OSError as error:
            mistakes.append(Mistake(str(path), 1, f"The file cannot be read: {error.strerror}."))
    return found


def _parse(path: Path) -> tuple[dict[str, Any] | None, dict[KeyPath, int], list[Mistake]]:
    text = ""
    try:
        text = _text_of(path, LARGEST_PACK)
        raw = tomllib.loads(text)
        if _depth(raw) > DEEPEST:
            raise RecursionError
        return raw, positions(text), []
    except _TooLarge as large:
        wrong = Mistake(str(path), 1, str(large))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong = Mistake(str(path), line, "The file is not UTF-8 text.")
    except OSError as error:
        wrong = Mistake(str(path), 1, f"The file cannot be read: {error.strerror}.")
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        reason = re.sub(r"\s*\(at .*\)$", "", str(error))
        line = int(at[1]) if at else max(1, text.count("\n"))
        wrong = Mistake(str(path), line, f"This is not valid TOML: {reason}.")
    except RecursionError:
        wrong = Mistake(str(path), 1, "The file is nested too deep to be read.")
    except ValueError:  # the reader itself refuses to make a number of thousands of digits
        wrong = Mistake(str(path), _line_of_digits(text), "This number is too large.")
    return None, {}, [wrong]


class _TooLarge(Exception):
    """A file is larger than it may be."""


def _text_of(path: Path, largest: int) -> str:
    """Return a file's text, without the mark with which some editors begin one."""
    content = path.read_bytes()
    if len(content) > largest:
        raise _TooLarge(f"The file is larger than {largest // 1024} kB: split it.")
    return content.decode("utf-8").removeprefix("\ufeff")


def _depth(raw: Any) -> int:
    """Return how deep tables and lists are nested, without nesting calls as deep."""
    depth, level = 0, [raw]
    while level and depth <= DEEPEST:
        held = [one.values() if isinstance(one, dict) else one for one in level]
        level = [inner for values in held for inner in values if isinstance(inner, (dict, list))]
        depth += 1
    return depth


def _line_of_digits(text: str) -> int:
    found = re.search(r"\d{1000}", text.replace("_", "0"))
    return text[: found.start()].count("\n") + 1 if found else 1


def _unprintable(plain: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Find texts with characters that no page shows and no database keeps, written as escapes."""
    if isinstance(plain, dict):
        for key, inner in plain.items():
            yield from _unprintable(inner, (*path, key))
    elif isinstance(plain, list):
        for index, inner in enumerate(plain):
            yield from _unprintable(inner, (*path, index))
    elif isinstance(plain, str) and (sign := hidden_character(plain)):
        yield path, f"The character {sign} cannot stand in a text."


def _read_commissioners(path: Path) -> tuple[dict[str, dict[str, str]], list[Mistake]]:
    if not path.exists():
        return {}, []
    raw, where, mistakes = _parse(path)
    found: dict[str, dict[str, str]] = {}
    for slug, table in (raw or {}).items():
        try:
            KEY(slug)
        except ValidationError as error:
            mistakes.append(Mistake(str(path), line_of(where, (slug,)), f"{slug}: {error.messages[0]}"))
            continue
        if not isinstance(table, dict) or not all(isinstance(table.get(key), str) for key in _KEY_FIELDS):
            message = f"{slug}: write [{slug}] with name and kind."
            mistakes.append(Mistake(str(path), line_of(where, (slug,)), message))
            continue
        for extra in sorted(set(table) - set(_KEY_FIELDS)):
            message = f"{slug}.{extra}: This key is not known."
            mistakes.append(Mistake(str(path), line_of(where, (slug, extra)), message))
        found[slug] = {key: table[key] for key in _KEY_FIELDS}
    return found, mistakes


def _semantic_mistakes(
    loaded: dict[str, Any], plain: dict[str, Any], commissioners: set[str], environ: Mapping[str, str]
) -> Iterator[tuple[KeyPath, str]]:
    if not known_timezone(loaded["timezone"]):
        yield ("timezone",), f"{loaded['timezone']!r} is not a time zone; write one such as Europe/London."
    for index, day in enumerate(loaded["closures"]):
        if not _is_date(day):
            yield ("closures", index), f"{day!r} is not a day; write one such as 2026-12-24."
    yield from _unit_mistakes(loaded["units"])
    catalogue = catalogue_for(frozenset(loaded["plugins"]))
    yield from _plugin_mistakes(loaded["plugins"], catalogue, environ)
    for slug, agreement in loaded["agreements"].items():
        yield from _agreement_mistakes(slug, agreement, loaded["units"], commissioners, catalogue)
    for index, schedule in enumerate(loaded["schedules"]):
        agreement = loaded["agreements"].get(schedule["commissioner"])
        if agreement is None:
            name = schedule["commissioner"]
            yield ("schedules", index, "commissioner"), f"There is no [agreements.{name}] in this file."
        elif schedule["format"] not in agreement["formats"]:
            yield ("schedules", index, "format"), "The agreement does not list this format."


def _unit_mistakes(units: dict[str, dict[str, Any]]) -> Iterator[tuple[KeyPath, str]]:
    names: dict[str, str] = {}
    for key, unit in units.items():
        parent = unit["parent"]
        if parent is not None and parent not in units:
            yield ("units", key, "parent"), f"There is no unit {parent!r} in this file."
        elif (above := _units_above(key, units)) is None:
            yield ("units", key, "parent"), "The unit is its own ancestor."
        elif above > MOST_UNITS_ABOVE:
            yield ("units", key, "parent"), f"The unit has more than {MOST_UNITS_ABOVE} units above it."
        for name in (unit["name"], *unit["aliases"]):
            owner = names.setdefault(name.casefold().strip(), key)
            if owner != key:
                yield (
                    ("units", key),
                    f"{name!r} already names the unit {owner!r}; an import could not tell them apart.",
                )
        if unit["closed"] is not None and not _is_date(unit["closed"]):
            yield ("units", key, "closed"), "Write a date such as 2026-03-31."


def _units_above(key: str, units: dict[str, dict[str, Any]]) -> int | None:
    """Return how many units are above one; ``None`` when they lead back to it, which nothing can follow."""
    seen, above = {key}, units[key]["parent"]
    while above is not None and above in units and len(seen) <= MOST_UNITS_ABOVE + 1:
        if above in seen:
            return None
        seen.add(above)
        above = units[above]["parent"]
    return len(seen) - 1


def _plugin_mistakes(
    plugins: dict[str, dict[str, Any]], catalogue: Catalogue, environ: Mapping[str, str]
) -> Iterator[tuple[KeyPath, str]]:
    for problem in catalogue.problems:
        yield ("plugins", problem.plugin), problem.message
    broken = {problem.plugin for problem in catalogue.problems}
    for key, settings in plugins.items():
        if key in broken:
            continue
        try:
            catalogue.settings_for(key, settings, environ)
        except InvalidSettings as error:
            for field, message in error.errors.items():
                yield ("plugins", key, field), message


def _agreement_mistakes(
    slug: str, agreement: dict[str, Any], units: dict[str, Any], commissioners: set[str], catalogue: Catalogue
) -> Iterator[tuple[KeyPath, str]]:
    here: KeyPath = ("agreements", slug)
    if slug not in commissioners:
        yield here, f"There is no commissioner {slug!r} in {COMMISSIONERS_FILE}."
    for key in agreement["formats"]:
        if key not in catalogue.formats:
            yield (*here, "formats"), f"No enabled plugin offers the report format {key!r}."
    for key in agreement["units"]:
        if key not in units and key != "*":
            yield (*here, "units"), f"There is no unit {key!r} in this file."
    for field in ("valid_from", "valid_to"):
        if agreement[field] is not None and not _is_date(agreement[field]):
            yield (*here, field), "Write a date such as 2026-04-01."


def _is_date(value: object) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_jsonable(inner) for inner in value]
    if isinstance(value, (date, datetime)) or hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _flatten(messages: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            skip = key in ("_schema", "key", "value")
            yield from _flatten(inner, path if skip else (*path, key))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flatten(message, path)
    else:
        yield path, str(messages)
