"""What only a whole pack can say: its units, the number of its rules, and what changed of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.rules.written.test_reading import HEAD, SOUND, TAIL

from throughline.rules.written.packs import differences, read_files
from throughline.tenancy.check import PackFile, read_folder

ROOT = Path(__file__).parents[3]
ENVIRON = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}


@pytest.fixture(scope="module")
def calder() -> PackFile:
    return read_folder(ROOT / "tenants", ENVIRON, "calder").packs[0]


def with_rules(pack: PackFile, **texts: str) -> PackFile:
    return replace(pack, raw={**pack.raw, "rules": {f"{name}.yaml": text for name, text in texts.items()}})


def told(pack: PackFile, **texts: str) -> list[str]:
    return [one.message for file in read_files(with_rules(pack, **texts)) for one in file.written.mistakes]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("incident.unit == 'oak'", ""),
        ("incident.unit in ['oak', 'hazl']", "Incident.unit is never “hazl”. Did you mean “hazel”?"),
        ("incident.unit == 'larch-house'", "Incident.unit is never “larch-house”"),
        ("incident.unit_kind == 'hospital'", "There are: division, site, ward, team, home"),
    ],
)
def test_a_rule_can_only_mean_a_unit_of_its_own_pack(calder, condition, words):
    found = told(calder, own=HEAD + f'when: "{condition}"\n' + TAIL)
    assert [words in message for message in found] == ([True] if words else [])
    assert "Larch" not in str(found)


@pytest.mark.parametrize(
    ("audience", "words"),
    [("[picu, crisis]", []), ("every unit", []), ("[acute_adlt]", ["Did you mean “acute_adult”?"])],
)
def test_a_share_can_only_be_asked_of_services_the_pack_has(calder, audience, words):
    share = f"then:\n  - require_share: {{with: {audience}, within: 5 working days}}\n"
    found = told(calder, own=HEAD + "when: incident.harm >= 3\n" + share)
    assert len(found) == len(words) and all(part in found[0] for part in words)


def test_a_pack_has_a_number_of_rules_that_can_be_looked_at(calder):
    def many(letter: str) -> str:
        rule = "  - " + SOUND.replace("\n", "\n    ").rstrip() + "\n"
        return "rules:\n" + "".join(rule.replace("a_rule", f"{letter}_{n}") for n in range(300))

    found = read_files(with_rules(calder, a=many("a"), b=many("b")))
    assert [len(file.written.rules) for file in found] == [300, 0]
    assert found[1].written.mistakes[0].message == "With this file the pack has more than 500 rules."


@pytest.mark.parametrize(
    ("right", "changed", "fields", "kept"),
    [
        (
            "incident.harm >= 3",
            "incident.harm >= 4",
            [("when", "incident.harm >= 3", "incident.harm >= 4")],
            1,
        ),
        ("24 hours", "48 hours", [("then", None, None)], 1),
        ("why: It matters.", "why: It matters much.", [("why", "It matters.", "It matters much.")], 0),
        ("Policy 1", "Policy 2", [("authority.reference", "Policy 1", "Policy 2")], 0),
        ("why:", "owner: Nursing\nwhy:", [("owner", "", "Nursing")], 0),
        ("why:", "status: retired\nwhy:", [("status", "", "retired")], 0),
        (
            "when: incident.harm >= 3",
            "version: 2\nwhen: incident.harm >= 2",
            [("version", "1", "2"), ("when", "incident.harm >= 3", "incident.harm >= 2")],
            0,
        ),
    ],
)
def test_a_change_is_told_field_by_field_and_a_new_meaning_takes_a_number(
    calder, right, changed, fields, kept
):
    before, after = with_rules(calder, own=SOUND), with_rules(calder, own=SOUND.replace(right, changed, 1))
    (found,) = differences(before.raw, after.raw)
    assert (found.rule_key, found.kind, found.same_version) == ("local.a_rule", "changed", kept)
    assert [one.name for one in found.fields] == [name for name, _, _ in fields]
    for one, (_, was, now) in zip(found.fields, fields, strict=True):
        assert was is None or (one.before, one.after) == (was, now)


def test_a_rule_that_is_not_live_may_change_under_its_number(calder):
    draft = SOUND.replace("why:", "status: shadow\nwhy:")
    before, after = with_rules(calder, own=draft), with_rules(calder, own=draft.replace(">= 3", ">= 4"))
    assert [one.same_version for one in differences(before.raw, after.raw)] == [0]
