"""A pack is refused by file, line and a plain message; applied, it changes what it says and no more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from throughline.audit.models import AuditEvent
from throughline.cli import run_migrations
from throughline.demo.embedded import Servers
from throughline.features import make_doorbell, make_scopes
from throughline.jobs.models import Timetable
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.tenancy import check, service
from throughline.tenancy.models import Agreement, Unit
from throughline.tenancy.scope import Scopes

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
PACK = """\
name = "Thornley Care"
kind = "social_care"
timezone = "Europe/London"
nation = "ENG"
reference_prefix = "TC"

[units.east]
name = "East"
kind = "division"

[units.elm]
name = "Elm House"
kind = "home"
parent = "east"
aliases = ["Elm"]

[plugins.psirf]

[plugins.icb_quality]

[agreements.moors]
purpose = "Quality oversight of commissioned services"
lawful_basis = "Public task: UK GDPR Article 6(1)(e)"
formats = ["icb_quality.quarterly"]
units = ["*"]
valid_from = 2026-04-01

[[schedules]]
job = "evidence"
format = "icb_quality.quarterly"
commissioner = "moors"
every = "month"
day = 5
at = "06:00"
"""
ELM = '[units.elm]\nname = "Elm House"\nkind = "home"\nparent = "east"\naliases = ["Elm"]\n'


def written(folder: Path, pack: str) -> Path:
    (folder / "thornley").mkdir(exist_ok=True)
    (folder / "thornley" / "tenant.toml").write_text(pack, encoding="utf-8")
    moors = '[moors]\nname = "Moors Board"\nkind = "integrated_care_board"\n'
    (folder / "commissioners.toml").write_text(moors, encoding="utf-8")
    return folder


def mistakes_of(folder: Path, pack: str) -> list[str]:
    found = check.read_folder(written(folder, pack), {}).all_mistakes
    return [f"{Path(wrong.file).name}:{wrong.line}: {wrong.message}" for wrong in found]


def test_a_pack_without_a_mistake_says_nothing(tmp_path):
    assert mistakes_of(tmp_path, PACK) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ('"Thornley Care"', '"Thornley Care', 1, "not valid TOML"),
        ('"Europe/London"', '"Europe/Londn"', 3, "time zone"),
        ('"ENG"', '"ENGL"', 4, "nation"),
        ('"TC"', '"TC"\nclosures = [2026-12-24, "soon"]', 6, "'soon' is not a day"),
        ('"TC"', '"TC"\nclosures = [2026-12-24T09:00:00]', 6, "is not a day"),
        ('"TC"', '"TC"\nclosures = 2026-12-24', 6, "closures: Not a valid list"),
        ('kind = "home"', 'kind = "hoem"', 13, "units.elm.kind"),
        ('"TC"', '"TC"\nprovider_kind = "hospital"', 6, "provider_kind: Must be one of: nhs_body"),
        ('parent = "east"', 'provider_kind = "carehome"', 14, "units.elm.provider_kind"),
        ('parent = "east"', 'funding = "NHS"', 14, "units.elm.funding: Must be one of: nhs"),
        ('parent = "east"', 'parent = "west"', 14, "There is no unit 'west'"),
        ('parent = "east"', 'parent = "elm"', 14, "its own ancestor"),
        ('aliases = ["Elm"]', 'aliases = ["east"]', 11, "already names the unit 'east'"),
        ('aliases = ["Elm"]', 'bed = 4', 15, "units.elm.bed"),
        ("[plugins.psirf]", "[plugins.psrif]", 17, "psrif"),
        ("[agreements.moors]", "[agreements.mors]", 21, "There is no commissioner 'mors'"),
        ('["icb_quality.quarterly"]', '["icb_quality.weekly"]', 24, "icb_quality.weekly"),
        ('units = ["*"]', 'units = ["oak"]', 25, "There is no unit 'oak'"),
        ("2026-04-01", '"April"', 26, "Write a date such as"),
        ('commissioner = "moors"', 'commissioner = "north"', 31, "agreements.north"),
        ('every = "month"', 'every = "moon"', 32, "every"),
        ("day = 5", "day = 31", 33, "day"),
        ('at = "06:00"', 'at = "6 o\'clock"', 34, "at"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_file_line_and_words(tmp_path, right, wrong, line, told):
    assert right in PACK
    found = mistakes_of(tmp_path, PACK.replace(right, wrong, 1))
    assert any(said.startswith(f"tenant.toml:{line}: ") and told in said for said in found), found


def test_every_mistake_of_a_file_is_named_at_once(tmp_path):
    pack = PACK.replace('parent = "east"', 'parent = "west"').replace("2026-04-01", '"April"')
    assert len(mistakes_of(tmp_path, pack)) == 2


def test_a_file_that_is_not_text_and_a_folder_without_packs_are_told(tmp_path):
    assert "There is no pack here" in str(check.read_folder(tmp_path, {}).all_mistakes[0])
    written(tmp_path, PACK)
    (tmp_path / "thornley" / "tenant.toml").write_bytes(b'name = "x"\nkind = "\xff"\n')
    (wrong,) = check.read_folder(tmp_path, {}).all_mistakes
    assert (wrong.line, wrong.message) == (2, "The file is not UTF-8 text.")


@pytest.fixture(scope="module")
def fresh(world) -> Iterator[Scopes]:
    """Scopes over a database of their own that holds no tenant."""
    with Servers.temporary() as servers:
        run_migrations(servers.owner_url)
        settings = replace(
            world.settings,
            database_url=servers.database_url,
            owner_database_url=servers.owner_url,
            redis_url=servers.redis_url,
        )
        made = make_scopes(settings, make_doorbell(settings), FrozenClock(NOW))
        yield made
        made.engine.dispose()


def test_a_pack_is_planned_applied_changed_and_never_applied_twice(fresh, tmp_path):
    def told(carry_out, pack):
        folder = check.read_folder(written(tmp_path, pack), {})
        assert folder.all_mistakes == ()
        return [change.sentence for change in carry_out(fresh, folder, SYSTEM)]

    everything = [
        "add commissioner moors", "add tenant", "add unit east", "add unit elm", "add agreement with moors",
    ]  # fmt: skip
    assert told(service.plan, PACK) == everything
    assert told(service.plan, PACK) == everything, "a plan writes nothing"
    assert told(service.apply, PACK) == everything
    assert told(service.apply, PACK) == [] == told(service.plan, PACK)

    with fresh.tenant(fresh.find_tenant("thornley"), SYSTEM) as scope:
        (timetable,) = scope.session.scalars(select(Timetable))
        assert timetable.args == {"format": "icb_quality.quarterly", "commissioner": "moors"}

    without_elm = PACK.replace(ELM, "")
    assert told(service.apply, without_elm) == ["settings: units", "unit elm: closed_on"]
    without_agreement = without_elm[: without_elm.index("[agreements")]
    assert told(service.apply, without_agreement)[1:] == ["agreement: revoked_at"]
    with fresh.tenant(fresh.find_tenant("thornley"), SYSTEM) as scope:
        elm = scope.session.scalars(select(Unit).where(Unit.key == "elm")).one()
        assert elm.closed_on == scope.today(), "a unit is closed, never deleted"
        assert scope.session.scalars(select(Agreement)).one().revoked_at == scope.now()
        assert scope.session.scalars(select(Timetable)).all() == []
        actions = set(scope.session.scalars(select(AuditEvent.action)))
    assert {"tenant.configured", "unit.added", "unit.changed", "agreement.changed"} <= actions

    assert "unit elm: closed_on" in told(service.apply, PACK), "it opens again when the pack names it"


def test_a_unit_has_the_kind_of_provider_and_funding_of_the_nearest_above(fresh, tmp_path):
    """A unit's own word counts first, then that of the units above it, then the provider's."""
    pack = PACK.replace('kind = "social_care"', 'kind = "social_care"\nprovider_kind = "supported_living"')
    pack = pack.replace('kind = "division"', 'kind = "division"\nfunding = "mixed"')
    pack += '\n[units.ash]\nname = "Ash"\nkind = "home"\nparent = "elm"\nfunding = "private"\n'

    def applied(text):
        service.apply(fresh, check.read_folder(written(tmp_path, text), {}), SYSTEM)
        with fresh.tenant(fresh.find_tenant("thornley"), SYSTEM) as scope:
            rows = scope.session.scalars(select(Unit))
            return {unit.key: (unit.provider_kind, unit.funding) for unit in rows}

    living = "supported_living"
    assert applied(pack) == {"east": (living, "mixed"), "elm": (living, "mixed"), "ash": (living, "private")}
    home = pack.replace('parent = "east"', 'parent = "east"\nprovider_kind = "care_home"')
    assert applied(home) == {
        "east": (living, "mixed"),
        "elm": ("care_home", "mixed"),
        "ash": ("care_home", "private"),
    }
