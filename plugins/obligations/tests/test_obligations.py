"""Golden cases: sets of facts, and exactly which duties open. Each names the section of law it is about."""

from datetime import date

import pytest
import throughline_obligations
from cel_expr_python import cel
from marshmallow import ValidationError
from throughline_obligations.duties import DUTIES
from throughline_obligations.fields import FIELD_SETS
from throughline_obligations.rules import RULES

from throughline.sdk import CATEGORIES, CORE_DEFAULTS, CORE_FACTS, FactKind, OpenObligation
from throughline.sdk.testing import check_plugin

KINDS = {
    FactKind.BOOL: cel.Type.BOOL,
    FactKind.INT: cel.Type.INT,
    FactKind.STRING: cel.Type.STRING,
    FactKind.STRING_LIST: cel.Type.List(cel.Type.STRING),
}
FACTS = {
    **CORE_FACTS,
    **{name: kind for field_set in FIELD_SETS for name, kind in field_set.facts().items()},
}
DEFAULTS = {name: kind.default for name, kind in FACTS.items()} | dict(CORE_DEFAULTS)
ENVIRONMENT = cel.NewEnv(variables={name: KINDS[kind] for name, kind in FACTS.items()})
COMPILED = [(rule, ENVIRONMENT.compile(rule.when)) for rule in RULES]

NHS = {"unit.provider_kind": "nhs_body", "unit.funding": "nhs", "unit.beds": 18}
PRIVATE = {"unit.provider_kind": "independent_hospital", "unit.funding": "private", "unit.beds": 18}
MIXED = PRIVATE | {"unit.funding": "mixed"}
HOME = {"unit.provider_kind": "care_home", "unit.funding": "local_authority", "unit.beds": 8}
LIVING = HOME | {"unit.provider_kind": "supported_living"}
UNSAID = {"unit.provider_kind": ""}
DEATH = {
    "incident.category": "death",
    "incident.physical_harm": "fatal",
    "incident.harm": 4,
    "incident.outcome_death": True,
}
MODERATE = {"incident.category": "fall", "incident.physical_harm": "moderate", "incident.harm": 2}
SEVERE = {"incident.category": "fall", "incident.physical_harm": "severe", "incident.harm": 3}
LOW = {"incident.category": "fall", "incident.physical_harm": "low", "incident.harm": 1}
DISTRESS = {"incident.category": "violence", "incident.psychological_harm": "moderate", "incident.harm": 2}
TRAUMA = {"incident.category": "violence", "incident.psychological_harm": "severe", "incident.harm": 3}
AWOL = {"incident.category": "absence", "incident.service_type": "low_secure"}
FORCE = {"incident.category": "restrictive_practice"}


def status(key):
    return {"person.legal_status": key}


def opened(*parts):
    facts = dict(DEFAULTS)
    for part in parts:
        assert part.keys() <= facts.keys(), part.keys() - facts.keys()
        facts |= part
    data = {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}
    return {
        effect.duty.partition(".")[2]
        for rule, condition in COMPILED
        if condition.eval(data=data).plain_value()
        for effect in rule.then
    }


NHS_CANDOUR, OTHER_CANDOUR = "duty_of_candour_nhs", "duty_of_candour_other"

GOLDEN = [
    # Regulation 20(8), health service bodies: moderate harm or prolonged psychological harm (domain 5.1).
    ("reg 20(8): low harm", (NHS, LOW), set()),
    ("reg 20(8): moderate harm", (NHS, MODERATE), {NHS_CANDOUR, "lfpse"}),
    ("reg 20(8): severe harm", (NHS, SEVERE), {NHS_CANDOUR, "cqc_injury", "lfpse"}),
    ("reg 20(8): moderate psychological harm", (NHS, DISTRESS), {NHS_CANDOUR, "lfpse"}),
    ("reg 20(8): severe psychological harm", (NHS, TRAUMA), {NHS_CANDOUR, "cqc_injury", "lfpse"}),
    (
        "reg 20(8): could result in, by a lasting injury",
        (NHS, LOW, {"injury.lasting": ("impairment",)}),
        {NHS_CANDOUR, "cqc_injury"},
    ),
    # Regulation 20(9), other registered persons: 28 days and more (domain 5.1).
    ("reg 20(9): low harm in a care home", (HOME, LOW), set()),
    ("reg 20(9): moderate harm in a care home", (HOME, MODERATE), set()),
    (
        "reg 20(9)(a)(ii): impairment for 28 days",
        (HOME, MODERATE, {"injury.lasting": ("impairment",)}),
        {OTHER_CANDOUR, "cqc_injury"},
    ),
    (
        "reg 20(9): treatment to prevent death",
        (LIVING, LOW, {"injury.lasting": ("treatment",)}),
        {OTHER_CANDOUR, "cqc_injury"},
    ),
    ("reg 20(9): severe harm in a care home", (HOME, SEVERE), {OTHER_CANDOUR, "cqc_injury"}),
    ("reg 20(9): moderate psychological harm", (HOME, DISTRESS), set()),
    ("reg 20(9): prolonged psychological harm", (HOME, TRAUMA), {OTHER_CANDOUR, "cqc_injury"}),
    ("reg 20(9): an independent hospital, moderate", (PRIVATE, MODERATE), set()),
    ("reg 20(9): an independent hospital, severe", (PRIVATE, SEVERE), {OTHER_CANDOUR, "cqc_injury"}),
    ("reg 20(9) and LFPSE: NHS-funded beds", (MIXED, SEVERE), {OTHER_CANDOUR, "cqc_injury", "lfpse"}),
    ("reg 20: the pack does not say what the provider is", (UNSAID, SEVERE), set()),
    # Regulations 16 and 17: deaths (domain 5.2).
    ("reg 16: a death in a care home", (HOME, DEATH), {OTHER_CANDOUR, "cqc_death"}),
    ("reg 16: a death in supported living", (LIVING, DEATH), {OTHER_CANDOUR, "cqc_death"}),
    ("reg 16: an informal patient", (NHS, DEATH, status("informal")), {NHS_CANDOUR, "cqc_death", "lfpse"}),
    ("reg 16: legal status not known", (NHS, DEATH), {NHS_CANDOUR, "cqc_death", "lfpse"}),
    (
        "reg 16: a community treatment order is no detention",
        (NHS, DEATH, status("cto")),
        {NHS_CANDOUR, "cqc_death", "lfpse"},
    ),
    ("reg 16: DoLS in a care home", (HOME, DEATH, status("dols")), {OTHER_CANDOUR, "cqc_death"}),
    (
        "reg 17: detained under section 3",
        (NHS, DEATH, status("detained_s3")),
        {NHS_CANDOUR, "cqc_death_detained", "lfpse"},
    ),
    (
        "reg 17: on section 17 leave, liable to be detained",
        (NHS, DEATH, status("s17_leave")),
        {NHS_CANDOUR, "cqc_death_detained", "lfpse"},
    ),
    (
        "reg 17: held under section 136",
        (NHS, DEATH, status("s135_136")),
        {NHS_CANDOUR, "cqc_death_detained", "lfpse"},
    ),
    (
        "reg 17: an independent hospital",
        (PRIVATE, DEATH, status("forensic")),
        {OTHER_CANDOUR, "cqc_death_detained"},
    ),
    (
        "reg 16: on section 17 leave in a care home, which detains nobody",
        (HOME, DEATH, status("s17_leave")),
        {OTHER_CANDOUR, "cqc_death"},
    ),
    # Regulation 17: absence (domain 5.2, 5.6).
    ("reg 17: absent from a low secure ward", (NHS, AWOL, status("detained_s3")), {"cqc_absence"}),
    ("reg 17: absent, status not known", (NHS, AWOL), {"cqc_absence"}),
    ("reg 17: absent and informal", (NHS, AWOL, status("informal")), set()),
    (
        "reg 17: a ward that is not secure",
        (NHS, AWOL, status("detained_s3"), {"incident.service_type": "acute_adult"}),
        set(),
    ),
    (
        "reg 17: medium security",
        (PRIVATE, AWOL, status("forensic"), {"incident.service_type": "medium_secure"}),
        {"cqc_absence"},
    ),
    ("reg 17: missing from a care home", (HOME, {"incident.category": "absence"}), set()),
    # Regulation 18 (domain 5.2).
    ("reg 18(2)(e): abuse alleged", (HOME, LOW, {"events.abuse": True}), {"cqc_abuse", "safeguarding"}),
    ("reg 18(2)(e): none alleged", (HOME, LOW, {"events.abuse": False}), set()),
    (
        "reg 18(2)(e): a safeguarding concern",
        (NHS, {"incident.category": "safeguarding"}),
        {"cqc_abuse", "safeguarding"},
    ),
    ("reg 18(2)(f): the police were told", (HOME, LOW, {"events.police": True}), {"cqc_police"}),
    ("reg 18(2)(f): the police were not told", (HOME, LOW), set()),
    ("reg 18(2)(c): a standard authorisation", (HOME, {"liberty.event": "standard"}), {"cqc_liberty"}),
    ("reg 18(2)(d): the court", (LIVING, {"liberty.event": "court"}), {"cqc_liberty"}),
    (
        "reg 18(2)(g): 24 hours",
        (HOME, {"service.what": "utilities", "service.hours": 24}),
        set(),
    ),
    (
        "reg 18(2)(g): more than 24 hours",
        (HOME, {"service.what": "utilities", "service.hours": 25}),
        {"cqc_events"},
    ),
    ("reg 18(2)(g): the fire alarm failed", (NHS, {"service.what": "fire_alarm"}), {"cqc_events"}),
    (
        "reg 18(2)(g): too few staff for a shift",
        (NHS, {"service.what": "staffing", "service.hours": 8}),
        set(),
    ),
    ("reg 18(2), SI 2012/921: 48 hours", (NHS, {"placement.hours": 48, "person.age": 16}), set()),
    (
        "reg 18(2), SI 2012/921: more than 48 hours",
        (NHS, {"placement.hours": 49, "person.age": 17}),
        {"cqc_under_18"},
    ),
    ("reg 18(2), SI 2012/921: an adult", (NHS, {"placement.hours": 49, "person.age": 18}), set()),
    ("reg 18(2), SI 2012/921: a care home", (HOME, {"placement.hours": 49, "person.age": 17}), set()),
    # Mental Health Units (Use of Force) Act 2018, section 6(5) (domain 5.5).
    ("s 6(5): restraint on an NHS ward", (NHS, FORCE), {"use_of_force"}),
    ("s 6(5): force in an incident of violence", (NHS, {"force.used": True}), {"use_of_force"}),
    ("s 6(5): a community team", (NHS, FORCE, {"unit.beds": 0}), set()),
    ("s 6(5): an independent hospital with NHS-funded beds", (MIXED, FORCE), {"use_of_force"}),
    ("s 6(5): an independent hospital without", (PRIVATE, FORCE), set()),
    ("s 6(5): a care home", (HOME, FORCE), set()),
    # Care Act 2014, section 42 (domain 5.4).
    (
        "s 42: an adult",
        (HOME, {"incident.category": "safeguarding", "person.age": 18}),
        {"cqc_abuse", "safeguarding"},
    ),
    (
        "s 42: not an adult, so section 47 of the Children Act 1989, and perhaps the LADO",
        (HOME, {"incident.category": "safeguarding", "person.age": 17}),
        {"cqc_abuse", "safeguarding_child", "allegation_lado"},
    ),
    (
        "s 47: abuse of a child alleged",
        (NHS, LOW, {"events.abuse": True, "person.age": 0}),
        {"cqc_abuse", "safeguarding_child", "allegation_lado"},
    ),
    ("s 47: a child, and nothing alleged", (NHS, LOW, {"person.age": 12}), set()),
    ("s 42: provider not said", (UNSAID, {"incident.category": "safeguarding"}), {"safeguarding"}),
    # RIDDOR 2013 (domain 5.3).
    ("RIDDOR: 7 days off", (HOME, {"work.who": "staff", "work.days_off": 7}), set()),
    ("RIDDOR: more than 7 days off", (HOME, {"work.who": "staff", "work.days_off": 8}), {"riddor_absence"}),
    (
        "RIDDOR: a specified injury comes before days off",
        (HOME, {"work.who": "staff", "work.days_off": 30, "work.specified_injury": True}),
        {"riddor_injury"},
    ),
    ("RIDDOR: a worker taken to hospital", (HOME, LOW, {"work.who": "staff", "work.hospital": True}), set()),
    (
        "RIDDOR: a resident taken straight to hospital",
        (HOME, LOW, {"work.who": "person", "work.hospital": True}),
        {"riddor_injury"},
    ),
    (
        "RIDDOR: self-harm is generally no accident",
        (NHS, {"incident.category": "self_harm", "work.who": "person", "work.hospital": True}),
        set(),
    ),
    (
        "RIDDOR: a dangerous occurrence in which nobody was hurt",
        (HOME, {"incident.category": "fire", "occurrence.dangerous": True}),
        {"riddor_occurrence"},
    ),
    ("RIDDOR: a fire that was none", (HOME, {"incident.category": "fire"}), set()),
    (
        "RIDDOR: a needlestick",
        (NHS, {"incident.category": "infection", "disease.exposed": True}),
        {"riddor_disease"},
    ),
    ("RIDDOR: an infection of nobody at work", (NHS, {"incident.category": "infection"}), set()),
    # LFPSE (domain 2): from moderate harm, a choice of this plugin.
    ("LFPSE: low harm", (NHS, {"incident.harm": 1}), set()),
    ("LFPSE: moderate harm", (NHS, {"incident.harm": 2}), {"lfpse"}),
    ("LFPSE: care that the NHS does not pay for", (PRIVATE, {"incident.harm": 2}), set()),
]


def test_it_is_a_sound_plugin():
    contribution = check_plugin(throughline_obligations)
    assert len(contribution.duties) == len(contribution.rules) == 20


@pytest.mark.parametrize(("facts", "duties"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN])
def test_exactly_these_duties_open(facts, duties):
    assert opened(*facts) == duties


def test_every_duty_opens_in_one_case_and_not_in_another():
    assert len(GOLDEN) >= 40
    names = {duty.key.partition(".")[2] for duty in DUTIES}
    assert set.union(*(duties for _, _, duties in GOLDEN)) == names
    assert set() in [duties for _, _, duties in GOLDEN]


@pytest.mark.parametrize("category", CATEGORIES)
def test_nothing_opens_of_a_report_that_says_nothing_of_it(category):
    if category not in ("safeguarding", "sexual_safety"):
        assert opened(LIVING, {"incident.category": category}) == set()


def test_each_rule_opens_the_duty_it_names_and_no_report_asks_too_much():
    assert {effect.duty for rule in RULES for effect in rule.then if isinstance(effect, OpenObligation)} == {
        duty.key for duty in DUTIES
    }
    for category in CATEGORIES:
        asked = [
            one for field_set in FIELD_SETS if category in field_set.applies_to for one in field_set.fields
        ]
        assert len(asked) <= 8, category
        assert not any(one.required for one in asked)


def test_what_nobody_has_verified_says_so_and_all_are_looked_at_again():
    unverified = {duty.key.partition(".")[2] for duty in DUTIES if duty.authority.confidence == "unverified"}
    assert unverified == {
        *("duty_of_candour_nhs", "duty_of_candour_other", "cqc_under_18", "safeguarding"),
        *("riddor_injury", "riddor_absence", "riddor_occurrence", "riddor_disease", "lfpse"),
        *("safeguarding_child", "allegation_lado"),
    }
    assert all(duty.authority.review_due > date(2026, 12, 1) for duty in DUTIES)


def test_regulation_20_sets_no_number_of_days_but_a_contract_may():
    nhs, other = (next(duty for duty in DUTIES if duty.key.endswith(end)) for end in ("_nhs", "_other"))
    assert not any(step.within_working_days for step in other.steps)
    (target,) = [step for step in nhs.steps if step.within_working_days]
    assert (target.key, target.within_working_days) == ("written_notification", 10)
    assert "not checked" in target.target_source


def test_an_organisation_s_own_targets_are_of_steps_there_are_with_a_source(load_settings):
    info = throughline_obligations.plugin_info()
    right = {"duty_of_candour_nhs.written_notification": {"working_days": 5, "source": "Contract"}}
    assert load_settings(info, {"targets": right})["targets"] == right
    for wrong in (
        {"duty_of_candour_nhs.phone": {"working_days": 5, "source": "Contract"}},
        {"cqc_death.notify": {"source": "Contract"}},
        {"cqc_death.notify": {"hours": 5, "working_days": 5, "source": "Contract"}},
        {"cqc_death.notify": {"hours": 5}},
        {"cqc_death.notify": {"hours": 0, "source": "Contract"}},
    ):
        with pytest.raises(ValidationError):
            load_settings(info, {"targets": wrong})
