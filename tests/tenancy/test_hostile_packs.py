"""Packs made to harm, by accident or not: each is refused by line and words, and nothing raises."""

import pytest
from tests.tenancy.test_packs import PACK, mistakes_of, written

from throughline.tenancy import check

DIGITS = "9" * 5_000  # more than Python itself makes a number of
NESTED = "[" * 10_000 + "]" * 10_000
TOWER = "".join(
    f'[units.u{n}]\nname = "U{n}"\nkind = "home"\nparent = "{f"u{n - 1}" if n else "elm"}"\n'
    for n in range(3_000)
)


@pytest.mark.parametrize(
    ("pack", "line", "told"),
    [
        (PACK.replace('aliases = ["Elm"]', f"beds = {DIGITS}"), 15, "This number is too large"),
        (PACK.replace('aliases = ["Elm"]', f"beds = {2**70}"), 15, "units.elm.beds: Must be"),
        (PACK.replace('aliases = ["Elm"]', "beds = nan"), 15, "units.elm.beds: Not a valid integer"),
        (PACK.replace('["Elm"]', NESTED), 1, "nested too deep"),
        (f"{PACK}\n[{'.'.join(['a'] * 5_000)}]\n", 1, "nested too deep"),
        (f"{PACK}\nx = {'{a=' * 5_000}1{'}' * 5_000}\n", 1, "nested too deep"),
        (PACK + TOWER, 114, "more than 20 units above it"),
        (PACK.replace("Thornley", "Thorn\\u0000ley"), 1, "name: The character U+0000"),
        (PACK.replace("Thornley", "Thorn\\u0007ley"), 1, "name: The character U+0007"),
        (PACK.replace("Elm House", "Elm \\u202E House"), 12, "units.elm.name: The character U+202E"),
        (PACK.replace('["Elm"]', '["Elm\\u0000"]'), 15, "units.elm.aliases.0: The character U+0000"),
        (PACK.replace("Thornley", "Thorn\0ley"), 1, "not valid TOML"),
        (PACK.replace('"TC"', '"TC"\nnation = "WLS"'), 6, "Cannot overwrite"),
        (PACK + "#" + "x" * 10_000_000, 1, "larger than 512 kB"),
        (PACK.replace("Elm House", "x" * 100_000), 12, "1 to 120 characters"),
    ],
)  # fmt: skip
def test_a_pack_made_to_harm_is_refused(tmp_path, pack, line, told):
    found = mistakes_of(tmp_path, pack)
    assert any(said.startswith(f"tenant.toml:{line}: ") and told in said for said in found), found[:3]
    assert all(len(said) < 400 for said in found)


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_what_an_honest_editor_writes_is_read_as_it_is(tmp_path, mark, end):
    folder = written(tmp_path, PACK)
    plain = check.read_folder(folder, {}).packs[0].raw
    (folder / "thornley" / "tenant.toml").write_bytes((mark + PACK.replace("\n", end)).encode())
    found = check.read_folder(folder, {})
    assert found.all_mistakes == ()
    assert found.packs[0].raw == plain


def test_a_file_of_rules_of_ten_megabytes_is_refused_and_one_with_a_mark_is_read(tmp_path):
    folder = written(tmp_path, PACK)
    rules = folder / "thornley" / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_bytes(b"#" * 10_000_000)
    (rules / "b.yaml").write_bytes("\ufeffrules: []\r\n".encode())
    (rules / "c.yaml").write_bytes(b"rules: []\n# \xff\xfe\n")
    (pack,) = check.read_folder(folder, {}).packs
    assert pack.raw["rules"] == {"b.yaml": "rules: []\n"}
    assert [(wrong.line, wrong.message) for wrong in pack.mistakes] == [
        (1, "The file is larger than 256 kB: split it."),
        (2, "The file is not UTF-8 text."),
    ]
