"""From the bytes of a file to its text, whatever the system that wrote it thought text was."""

import codecs
from dataclasses import dataclass, replace

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the first half of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252"}
_SAMPLE = 64 * 1024
_NO_WINDOWS = frozenset(b"\x81\x8d\x8f\x90\x9d")
_OLDER = ("mac_roman", "cp850")
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Decoded:
    """The text of a file and how it was read.

    ``damaged`` is true when some bytes are no text in that encoding: each became ``UNREADABLE``. ``mixed``
    is true when some lines were UTF-8 and others Windows-1252; ``guessed`` when statistics decided.
    """

    text: str
    encoding: str
    damaged: bool = False
    mixed: bool = False
    guessed: bool = False


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Decode a file: as told, by its mark, as UTF-8, as UTF-16 without a mark, or as Windows-1252.

    Windows-1252 is decided line by line, because files joined from two systems mix it with UTF-8. Where
    many of the bytes are no text in it, it may be an old Mac or DOS encoding: then the statistics of
    ``charset-normalizer`` decide. One damaged byte is not enough: it would change every dash in the file.

    Raises:
        LookupError: the encoding asked for does not exist.
    """
    if encoding is not None:
        return _as(data, encoding)
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _as(data, marked)
    wide = _wide(data[:_SAMPLE])
    if wide is not None:
        return _as(data, wide)
    try:
        return Decoded(data.decode("utf-8"), _NAMES["utf-8"])
    except UnicodeDecodeError:
        return _by_line(data)


def _as(data: bytes, encoding: str) -> Decoded:
    name = _NAMES.get(encoding, encoding.upper())
    try:
        return Decoded(data.decode(encoding), name)
    except UnicodeDecodeError:
        return Decoded(data.decode(encoding, "replace"), name, damaged=True)


def _wide(sample: bytes) -> str | None:
    """Say whether text is UTF-16 without a mark: then nearly every second byte of English is zero."""
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    many = len(sample) // 2 * 0.4
    if odd > many > even:
        return "utf-16-le"
    if even > many > odd:
        return "utf-16-be"
    return None


def _by_line(data: bytes) -> Decoded:
    lines: list[str] = []
    utf8 = windows = 0
    damaged = False
    for line in data.split(b"\n"):
        try:
            text = line.decode("utf-8")
            utf8 += not line.isascii()
        except UnicodeDecodeError:
            windows += 1
            try:
                text = line.decode("cp1252")
            except UnicodeDecodeError:
                damaged = True
                text = line.decode("cp1252", "replace")
        lines.append(text)
    if damaged and not utf8 and (older := _older(data)):
        return older
    return Decoded("\n".join(lines), _NAMES["cp1252"], damaged, mixed=bool(utf8 and windows))


def _older(data: bytes) -> Decoded | None:
    high = [byte for byte in data if byte >= 0x80]  # noqa: PLR2004 - beyond ASCII
    if sum(byte in _NO_WINDOWS for byte in high) < len(high) * 0.1:
        return None
    best = from_bytes(data[:_SAMPLE], cp_isolation=list(_OLDER)).best()
    return None if best is None else replace(_as(data, best.encoding), guessed=True)
