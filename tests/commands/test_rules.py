"""The rules of a pack in git against those that were applied: planned, compared, and held to their numbers."""

import json
import shutil
from pathlib import Path

import pytest
from tests.commands.conftest import Run
from tests.conftest import ROOT

RULE = """\
rules:
  - key: medicine_twice
    title: Two medicine incidents on one ward in a day
    why: Two in a day point at the round or the record.
    authority: {statement: Our own choice., reference: Policy 1}
    on: [incident.reported]
    let:
      today: count of incidents of category medication with the same unit within 1 day
    when: today >= 2
    then:
      - escalate: {to: unit_manager, acknowledge_within: 24 hours}
    tests:
      - given: {today: 2}
        fires: true
"""


@pytest.fixture
def rules(tmp_path: Path, environment: dict[str, str], empty_database: tuple[str, str]) -> Path:
    """The folder of calder's rules in a copy of the packs, over an empty database."""
    application, owner = empty_database
    shutil.copytree(ROOT / "tenants", tmp_path / "packs")
    environment |= {
        "THROUGHLINE_DATABASE_URL": application,
        "THROUGHLINE_OWNER_DATABASE_URL": owner,
        "THROUGHLINE_TENANTS_DIR": str(tmp_path / "packs"),
    }
    return tmp_path / "packs" / "calder" / "rules"


def test_a_change_of_the_rules_is_planned_compared_applied_and_numbered(run: Run, rules: Path) -> None:
    assert run("migrate").status == 0
    added = "calder: add rule local.absent_again\n"
    assert added in run("tenants", "plan").out
    assert added in run("tenants", "apply").out
    assert run("tenants", "apply").out == "0 things changed.\n"
    assert run("rules", "diff", "calder").out == "0 rules differ.\n"

    (rules / "own.yaml").write_text(RULE)
    assert "calder: add rule local.medicine_twice\n" in run("tenants", "apply").out
    changed = RULE.replace("today >= 2", "today >= 3").replace("today: 2", "today: 3")
    (rules / "own.yaml").write_text(changed)
    planned = run("tenants", "plan")
    assert "calder: rule local.medicine_twice, when: “today >= 2” becomes “today >= 3”\n" in planned.out
    refused = run("tenants", "apply")
    assert (planned.status, refused.status) == (1, 1)
    assert "Write version: 2." in refused.err
    compared = run("rules", "diff", "calder", "--json")
    (one,) = json.loads(compared.out)
    assert (compared.status, one["rule"], one["same_version"]) == (1, "local.medicine_twice", 1)
    assert [field["name"] for field in one["fields"]] == ["when", "tests"]

    (rules / "own.yaml").write_text(changed.replace("    title", "    version: 2\n    title", 1))
    assert run("rules", "diff", "calder").status == 0
    applied = run("tenants", "apply")
    assert "calder: rule local.medicine_twice, version: “1” becomes “2”\n" in applied.out
    (rules / "own.yaml").unlink()
    assert "calder: retire rule local.medicine_twice\n" in run("tenants", "apply").out


def test_rules_are_checked_where_they_lie_and_without_a_database(
    run: Run, rules: Path, environment: dict[str, str]
) -> None:
    environment |= {"THROUGHLINE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    for place in (rules.parent, rules.parent.parent):
        assert run("rules", "check", str(place)).status == 0
        assert run("rules", "test", str(place), "--json").status == 0
    (rules / "own.yaml").write_text(RULE.replace("today >= 2", "tody >= 2"))
    wrong = run("rules", "check", str(rules.parent), "hollins")
    assert wrong.status == 1
    assert "calder/rules/own.yaml:9:11: There is no fact “tody”. Did you mean “today”?" in wrong.err
    assert "          when: tody >= 2\n".strip() in wrong.err
    assert run("rules", "check", str(rules.parent / "nowhere")).status == 2
    away = run("rules", "diff", "hollins")
    assert (away.status, away.err) == (2, "The database cannot be used: OperationalError.\n")
    environment |= {"THROUGHLINE_SECRET_KEY": ""}
    assert run("rules", "diff", "hollins").status == 2


def test_a_pack_may_ask_for_a_second_person(run: Run, rules: Path) -> None:
    pack = rules.parent / "tenant.toml"
    text = pack.read_text()
    pack.write_text("two_person_rules = true\n" + text)
    assert run("tenants", "check").status == 0
    pack.write_text('two_person_rules = "yes"\n' + text)
    assert "two_person_rules: Not a valid boolean" in run("tenants", "check").err


def test_the_people_whom_rules_name_are_looked_up_where_a_database_is_at_hand(
    run: Run, tmp_path: Path, environment: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "tenants", tmp_path / "packs")
    environment |= {"THROUGHLINE_TENANTS_DIR": str(tmp_path / "packs")}
    own = tmp_path / "packs" / "calder" / "rules" / "own.yaml"
    own.write_text(RULE.replace("to: unit_manager", "to: {person: manager@calder.test}"))
    assert run("rules", "check", "--tenant", "calder").status == 0
    own.write_text(RULE.replace("to: unit_manager", "to: {person: lead@hollins.test}"))
    assert run("rules", "check", "calder").status == 0, "without a database nobody can tell"
    found = run("rules", "check", "--tenant", "calder")
    assert found.status == 1
    assert "calder/rules/own.yaml:2:1: " in found.err
    assert "Nobody with a role at calder has the address lead@hollins.test." in found.err
    checked = run("tenants", "check")
    assert checked.status == 1, "the command for packs says the same"
    assert [line for line in found.err.splitlines() if "address" in line] == [
        line for line in checked.err.splitlines() if "address" in line
    ]
    assert "1 person is named who cannot be asked." in checked.err
