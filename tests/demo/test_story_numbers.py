"""The numbers of the demo's story behave as its lines say, judged without the product's own charts."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean, median

import pytest

from throughline.catalogue import catalogue_for
from throughline.demo.story import packaged, tell
from throughline.demo.story.dates import Calendar, local
from throughline.demo.story.places import SERVICES, TEAM
from throughline.demo.story.records import Story, StoryIncident, StoryMeasure
from throughline.demo.story.telling import words_of
from throughline.incidents.taxonomy import worst_harm
from throughline.rules.engine import Finding, RuleSet, compile_rules
from throughline.rules.facts import schema_of
from throughline.sdk import Escalate, LookBack, Trigger

TODAY = date(2026, 11, 18)
ROOT = Path(__file__).parents[2]
PLUGINS = frozenset({"psirf", "seips", "icb_quality", "email"})
RUN = 7
BASELINE = 12


@pytest.fixture(scope="module")
def story() -> Story:
    """The story on a fixed day."""
    return tell(TODAY)


def by_month(story: Story, unit: str | None, category: str | None, tenant: str | None = None) -> list[int]:
    """Count the whole months of a series, oldest first."""
    calendar = Calendar(story.today)
    counts = Counter(
        calendar.months_ago(local(one.occurred_at).date())
        for one in story.incidents
        if unit in (None, one.unit) and category in (None, one.category) and tenant in (None, one.tenant)
    )
    return [counts[ago] for ago in range(24, 0, -1)]


def longest_run(values: Sequence[float], level: float, way: int) -> int:
    """Return the longest run of values on one side of a level."""
    sides = [(value > level) - (value < level) for value in values]
    return max((len(list(run)) for side, run in groupby(sides) if side == way), default=0)


def is_outside(values: Sequence[float]) -> list[bool]:
    """Say which values lie outside the natural process limits of them all."""
    ranges = [abs(after - before) for before, after in pairwise(values)]
    reach = 2.66 * mean(ranges)
    return [abs(value - mean(values)) > reach for value in values]


def is_quiet(values: Sequence[float]) -> bool:
    level = mean(values)
    runs = (longest_run(values, level, way) for way in (-1, 1))
    return not any(is_outside(values)) and max(runs) < RUN


@pytest.mark.parametrize("today", [TODAY, date(2027, 3, 1), date(2027, 6, 30)])
def test_self_harm_on_oak_is_level_and_then_steps_down_for_good(today: date) -> None:
    months = by_month(tell(today), "oak", "self_harm")
    before, after = months[:15], months[15:]
    assert is_quiet(before)
    assert longest_run(after, mean(before), -1) == len(after) == 9
    assert mean(after) < mean(before) / 2


def test_self_harm_on_oak_steps_down_by_the_week_too(story: Story) -> None:
    step = Calendar(TODAY).month(9)
    weeks = Counter(
        (local(one.occurred_at).date() - step).days // 7
        for one in story.incidents
        if one.unit == "oak" and one.category == "self_harm"
    )
    level = mean(weeks[week] for week in range(-52, 0))
    assert longest_run([weeks[week] for week in range(38)], level, -1) >= RUN
    assert longest_run([weeks[week] for week in range(-52, 0)], level, -1) < RUN


@pytest.mark.parametrize("category", ["medication", "fall"])
def test_nothing_changes_on_beech(story: Story, category: str) -> None:
    assert is_quiet(by_month(story, "beech", category))


def test_holds_on_willow_fall_slowly(story: Story) -> None:
    months = by_month(story, "willow", "restrictive_practice")
    assert longest_run(months[-RUN:], mean(months[:BASELINE]), -1) == RUN
    assert mean(months[:8]) > mean(months[8:16]) > mean(months[16:])


def test_reporting_stays_healthy(story: Story) -> None:
    improved = [("oak", "self_harm"), ("willow", "restrictive_practice"), ("rowan", "absence")]
    total = by_month(story, None, None)
    assert not any(is_outside(total))
    rest = [
        count - sum(part)
        for count, *part in zip(total, *(by_month(story, *one) for one in improved), strict=True)
    ]
    assert mean(rest[-8:]) > 0.95 * mean(rest[:8])


def test_every_verdict_is_what_the_months_say(story: Story) -> None:
    judged = [one for one in story.measures if one.verdict is not None]
    assert {one.verdict for one in judged} >= {"improved", "no_change", "worse", "cannot_tell"}
    for measure in judged:
        before, after = around(story, measure)
        assert len(before) >= BASELINE
        assert f"{mean(before):.1f}" in measure.verdict_reason, measure.key
        if measure.key.startswith("measure/"):
            continue  # judged by the chart itself, which knows more signals than these two
        way = 1 if measure.direction == "higher" else -1
        better, worse = (says_a_change(before, after, side) for side in (way, -way))
        if measure.verdict == "improved":
            assert better, measure.key
            assert not worse, measure.key
        if measure.verdict == "no_change":
            assert not better, measure.key
            assert not worse, measure.key
        if measure.verdict == "worse":
            assert worse, measure.key
            assert not better, measure.key


def says_a_change(before: Sequence[int], after: Sequence[int], way: int) -> bool:
    """Say whether the later months signal a change to one side of the earlier ones: a run, or one far out."""
    level = mean(before)
    reach = 2.66 * mean(abs(second - first) for first, second in pairwise(before))
    return longest_run(after, level, way) >= RUN or any(way * (value - level) > reach for value in after)


def around(story: Story, measure: StoryMeasure) -> tuple[list[int], list[int]]:
    """Return the months of a measure's baseline, and those from its declaration to its verdict."""
    calendar, months = Calendar(story.today), by_month(story, measure.unit, measure.category, measure.tenant)
    first, last = (calendar.months_ago(day) for day in (measure.baseline_start, measure.baseline_end))
    assert measure.verdict_at is not None
    judged = calendar.months_ago(measure.verdict_at.date())
    return months[24 - first : 25 - last], months[25 - last : 24 - judged]


def test_weekends_are_busier_on_wards_and_quiet_in_the_community_team(story: Story) -> None:
    def a_day(units: set[str]) -> tuple[float, float]:
        days = Counter(local(one.occurred_at).weekday() >= 5 for one in story.incidents if one.unit in units)
        return days[True] / 2, days[False] / 5

    weekend, weekday = a_day({key for key, one in SERVICES.items() if one.kind == "ward"})
    assert weekend > 1.08 * weekday
    weekend, weekday = a_day({"north-cmht"})
    assert weekend < 0.15 * weekday


def test_nights_have_falls_and_little_paperwork(story: Story) -> None:
    def by_night(category: str) -> float:
        found = [
            one for one in story.incidents if one.category == category and SERVICES[one.unit].kind != TEAM
        ]
        return mean(local(one.occurred_at).hour < 7 for one in found)

    assert by_night("fall") > 0.3
    assert by_night("access") < 0.1
    assert by_night("legal") < 0.1


def test_most_reports_are_written_on_the_same_shift_and_a_few_days_later(story: Story) -> None:
    hours = [(one.reported_at - one.occurred_at) / timedelta(hours=1) for one in story.incidents]
    assert 0.5 < median(hours) < 4
    assert 0.85 < mean(lag <= 24 for lag in hours) < 0.99
    assert max(hours) < 24 * 35


def test_every_unit_has_a_figure_for_every_day_within_its_beds(story: Story) -> None:
    figures = {(one.unit, one.day): one.occupied for one in story.unit_days}
    assert len(figures) == len(story.unit_days)
    assert set(figures) == {(unit, day) for unit in SERVICES for day in Calendar(TODAY).days()}
    for (unit, _), occupied in figures.items():
        service = SERVICES[unit]
        assert occupied > 0
        assert service.kind == TEAM or occupied <= service.places


def test_some_people_are_affected_often_and_most_seldom(story: Story) -> None:
    often = Counter(one.person for one in story.incidents if one.person)
    assert {one.reference for one in story.persons} == set(often)
    assert sum(count >= 5 for count in often.values()) > 100
    assert sum(count == 1 for count in often.values()) > 100


def test_its_units_are_those_of_the_packs() -> None:
    for tenant in ("calder", "hollins"):
        pack = tomllib.loads((ROOT / "tenants" / tenant / "tenant.toml").read_text())
        here = {key: unit for key, unit in pack["units"].items() if unit["kind"] != "division"}
        assert set(here) == {key for key, one in SERVICES.items() if one.tenant == tenant}
        for key, unit in here.items():
            service = SERVICES[key]
            assert (service.name, service.kind, service.service_type) == (
                unit["name"],
                unit["kind"],
                unit["service_type"],
            )
            assert service.kind == TEAM or service.places == unit["beds"]


def test_people_do_what_their_role_may(story: Story) -> None:
    roles = {user.email: user for user in story.users}
    for review in story.reviews:
        assert roles[review.lead].membership in {"unit_manager", "governance_lead"}, review.key
    for escalation in story.escalations:
        if escalation.acknowledged_by:
            assert roles[escalation.acknowledged_by].membership == escalation.to_role
    confidential = {one.key for one in story.incidents if one.confidential}
    for one in story.incidents:
        if one.key in confidential and one.triaged_by:
            assert roles[one.triaged_by].membership == "governance_lead"
    assert all(roles[action.owner].tenant == action.tenant for action in story.actions)


def test_the_rules_of_the_plugin_speak_on_the_incidents_the_story_escalates(story: Story) -> None:
    catalogue = catalogue_for(PLUGINS)
    rules = compile_rules(catalogue.rules.values(), schema_of(catalogue.field_sets.values()))
    assert not rules.problems
    told = {one.key: Counter[tuple[str, str]]() for one in story.incidents}
    for escalation in story.escalations:
        told[escalation.incident][escalation.rule, escalation.to_role] += 1
    for incident in story.incidents:
        expected: Counter[tuple[str, str]] = Counter()
        for finding in spoken(rules, incident, story):
            roles = {effect.to for effect in finding.effects if isinstance(effect, Escalate)}
            if incident.confidential:
                roles = {"governance_lead" if role == "unit_manager" else role for role in roles}
            expected.update((finding.rule_key, role) for role in roles)
        assert told[incident.key] == expected, incident.key


def spoken(rules: RuleSet, incident: StoryIncident, story: Story) -> list[Finding]:
    """Evaluate the plugin's rules on an incident as it was when it was reported."""
    service = SERVICES[incident.unit]
    facts = {
        "incident.category": incident.category,
        "incident.physical_harm": incident.physical_harm,
        "incident.psychological_harm": incident.psychological_harm,
        "incident.outcome_death": incident.physical_harm == "fatal" or incident.category == "death",
        "incident.harm": worst_harm(incident.physical_harm, incident.psychological_harm),
        "incident.unit": incident.unit,
        "incident.unit_kind": service.kind,
        "incident.service_type": service.service_type,
        "incident.confidential": incident.confidential,
        "incident.anonymous": incident.anonymous,
        "incident.person_known": incident.person is not None,
        **rules.schema.answers(incident.extra),
    }
    trigger = Trigger.INCIDENT_REPORTED
    counts = {asked: counted(asked, incident, story) for asked in rules.lookbacks(trigger)}
    outcomes = rules.evaluate(trigger, facts, counts)
    assert all(isinstance(outcome, Finding) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, Finding)]


def counted(asked: LookBack, incident: StoryIncident, story: Story) -> int:
    """Count what a look-back asks for, among what had been reported by then."""
    assert asked.same == ("person",)
    if incident.person is None or incident.category != asked.category:
        return 0
    since = incident.occurred_at - timedelta(days=asked.within_days)
    return sum(
        one.person == incident.person
        and one.category == asked.category
        and since < one.occurred_at <= incident.occurred_at
        and one.reported_at <= incident.reported_at
        for one in story.incidents
    )


def test_there_are_many_sentences_and_every_slot_of_them_has_words() -> None:
    categories = [Path(path).stem for path in packaged.names("words") if "/_" not in path]
    told = [sentence for category in categories for sentence in words_of(category).told]
    assert len(told) >= 250
    assert len({sentence.text for sentence in told}) == len(told)
    decided = {"time", "place", "hold", "minutes", "back", "away"}
    for category in categories:
        words = words_of(category)
        for sentence in (*words.told, *words.before, *words.after, *words.done):
            slots = {part.split("}")[0] for part in sentence.text.split("{")[1:]}
            assert slots <= decided | set(words.slots), sentence.text


def test_home_has_something_for_each_persona(story: Story) -> None:
    reported = Counter(one.reporter for one in story.incidents)
    assert reported["amina.khan@calder.example"] > 100
    assert reported["grace.osei@hollins.example"] > 20
    reviewed = {key for review in story.reviews if review.completed_at for key in review.incidents}
    for email in ("amina.khan@calder.example", "grace.osei@hollins.example"):
        latest = [one for one in reversed(story.incidents) if one.reporter == email][:20]
        assert any(one.key in reviewed for one in latest)
    owned = [
        one for one in story.actions if one.owner == "joe.barnes@calder.example" and not one.completed_on
    ]
    assert owned
    assert any(one.acknowledged_at is None for one in story.escalations)
