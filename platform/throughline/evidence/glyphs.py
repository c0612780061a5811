"""Replace what no font on this machine can draw: an archival file may not hold a character without a glyph.

People type on phones, so an emoji in a title is ordinary. The data that is attached keeps what was typed; the
page shows U+FFFD in its place, and says so to nobody's surprise rather than failing its own standard.
"""

from weasyprint.text.ffi import ffi, gobject, pango
from weasyprint.text.fonts import FontConfiguration

REPLACEMENT = "\ufffd"
_DRAWN_BY_OUR_FONT = range(0x20, 0x180)  # Latin, as far as Latin Extended-A: not worth asking about
_WHITE = "\t\n\r"

ffi.cdef("int pango_layout_get_unknown_glyphs_count (PangoLayout *layout);")


def drawable(text: str, fonts: FontConfiguration) -> str:
    """Return the text with every character that has no glyph in any font replaced."""
    unusual = {char for char in set(text) if ord(char) not in _DRAWN_BY_OUR_FONT and char not in _WHITE}
    missing = _without_glyph(unusual, fonts) if unusual else set()
    return text.translate({ord(char): REPLACEMENT for char in missing}) if missing else text


def _without_glyph(characters: set[str], fonts: FontConfiguration) -> set[str]:
    context = ffi.gc(pango.pango_font_map_create_context(fonts.font_map), gobject.g_object_unref)
    layout = ffi.gc(pango.pango_layout_new(context), gobject.g_object_unref)
    found = set()
    for char in sorted(characters):
        encoded = char.encode()
        pango.pango_layout_set_text(layout, encoded, len(encoded))
        if pango.pango_layout_get_unknown_glyphs_count(layout):
            found.add(char)
    return found
