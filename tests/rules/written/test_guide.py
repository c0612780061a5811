"""The guide's rules and the rules of our packs are what they say they are."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from throughline.cli import main
from throughline.rules.written import read_rules
from throughline.rules.written.packs import differences, facts_of_pack, read_files
from throughline.tenancy import check

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "tutorials" / "first-rule.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
ENVIRON = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}


@pytest.fixture
def packs():
    return check.read_folder(ROOT / "tenants", ENVIRON).packs


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_guide_can_be_used(text, packs):
    found = read_rules(text, facts_of_pack(packs[0].raw))
    assert [str(one) for one in found.mistakes] == []
    assert found.rules[0].rule.tests


def test_the_guide_has_examples():
    assert len(EXAMPLES) == 5


def test_the_rules_of_our_packs_can_be_used_and_disturb_nobody_yet(packs):
    files = [file for pack in packs for file in read_files(pack)]
    assert {file.name for file in files} == {"calder/rules/patterns.yaml", "hollins/rules/patterns.yaml"}
    for file in files:
        assert file.written.mistakes == ()
        assert len(file.written.rules) == 2
        assert {one.rule.status for one in file.written.rules} == {"shadow"}


def test_what_differs_is_told_by_rule(packs):
    raw = packs[0].raw
    text = raw["rules"]["patterns.yaml"]
    changed = {
        **raw,
        "rules": {
            "patterns.yaml": text.replace("recent >= 2", "recent >= 3", 1).replace("recent: 2", "recent: 3")
        },
    }
    (found,) = differences(raw, changed)
    assert (found.rule_key, found.kind) == ("local.absent_again", "changed")
    assert any(line.startswith("+ ") and "recent >= 3" in line for line in found.lines)
    assert [one.kind for one in differences(raw, {**raw, "rules": {}})] == ["removed", "removed"]
    assert differences(raw, raw) == []


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A tenants folder of one pack, with a file of rules to write into."""
    (tmp_path / "calder" / "rules").mkdir(parents=True)
    for name in ("commissioners.toml", "calder/tenant.toml"):
        (tmp_path / name).write_text((ROOT / "tenants" / name).read_text())
    monkeypatch.setenv("THROUGHLINE_TENANTS_DIR", str(tmp_path))
    return tmp_path / "calder" / "rules"


def run(*words):
    return CliRunner().invoke(main, ["rules", *words])


def test_check_and_test_say_what_is_well(folder):
    (folder / "a.yaml").write_text(EXAMPLES[0])
    assert run("check").output == "1 rules can be used; 0 mistakes.\n"
    found = run("test", "--json")
    assert found.exit_code == 0
    (one,) = json.loads(found.output)
    assert (one["rule"], one["examples"], one["holds"]) == ("local.medication_twice", 2, True)


def test_check_names_file_line_and_column(folder):
    (folder / "a.yaml").write_text(EXAMPLES[0].replace("incident.category ==", "incident.catgory =="))
    found = run("check", "calder")
    assert found.exit_code == 1
    assert "calder/rules/a.yaml:11:7: There is no fact “incident.catgory”" in found.output
    (one,) = json.loads(run("check", "--json").output)
    assert (one["line"], one["column"], one["rule"]) == (11, 7, "local.medication_twice")
    assert run("test").exit_code == 1


def test_a_key_in_two_files_is_a_mistake(folder):
    for name in ("a.yaml", "b.yaml"):
        (folder / name).write_text(EXAMPLES[0])
    found = run("check")
    assert found.exit_code == 1
    assert "is used in a.yaml too" in found.output


def test_what_cannot_be_read_ends_with_two(folder):
    (folder / "a.yaml").write_bytes(b"key: \xff")
    assert run("check").exit_code == 2
    (folder / "a.yaml").write_text("key: " + "x" * 300_000)
    assert "larger than 256 kB" in run("check").output
    assert run("check", "nobody").exit_code == 2


def test_tenants_check_reads_the_rules_too(folder, monkeypatch):
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    (folder / "a.yaml").write_text(EXAMPLES[0].replace("today >= 2", "todday >= 2"))
    found = CliRunner().invoke(main, ["tenants", "check"])
    assert found.exit_code == 1
    assert "Did you mean “today”" in found.output
