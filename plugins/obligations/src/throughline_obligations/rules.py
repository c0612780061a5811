"""When each duty opens: by kind of provider, and by what is known. The duty's own questions decide the rest.

A rule opens a duty when it may apply, and leaves to a person what needs judgement.
"""

from collections.abc import Mapping

from throughline.sdk import Duty, OpenObligation, Rule, RuleTest, Trigger
from throughline_obligations.duties import candour, children, cqc, others, work

WHEN_FACTS_ARE_KNOWN = (Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_CHANGED)

LIABLE = (
    'person.legal_status in ["detained_s2", "detained_s3", "forensic", "detained_other", "s5", "s135_136",'
    ' "s17_leave"]'
)
"""Detained, or liable to be: also on leave under section 17, and held under sections 5, 135 and 136."""
REGISTERED = (
    'unit.provider_kind in ["nhs_body", "independent_hospital", "care_home", "supported_living", "home_care"]'
)
OTHER_REGISTERED = (
    'unit.provider_kind in ["independent_hospital", "care_home", "supported_living", "home_care"]'
)
HOSPITAL = 'unit.provider_kind in ["nhs_body", "independent_hospital"]'
NHS_FUNDED = (
    '(unit.provider_kind == "nhs_body" || (unit.provider_kind == "independent_hospital"'
    ' && unit.funding in ["nhs", "mixed"]))'
)
INJURED = "size(injury.lasting) > 0"
ABUSE = 'incident.category in ["safeguarding", "sexual_safety"] || events.abuse'

NHS, HOME, PRIVATE = "nhs_body", "care_home", "independent_hospital"


def _given(kind: str, **facts: object) -> Mapping[str, object]:
    return {"unit.provider_kind": kind} | {name.replace("__", "."): value for name, value in facts.items()}


def _opens(duty: Duty, when: str, *tests: RuleTest) -> Rule:
    return Rule(
        key=duty.key.replace(".", ".opens_"),
        version=1,
        title=f"May apply: {duty.title}",
        why=duty.why,
        authority=duty.authority,
        on=WHEN_FACTS_ARE_KNOWN,
        when=when,
        then=(OpenObligation(duty.key),),
        tests=tests,
    )


RULES = (
    _opens(
        candour.NHS,
        'unit.provider_kind == "nhs_body" && (incident.outcome_death ||'
        ' incident.physical_harm in ["moderate", "severe", "fatal"] ||'
        f' incident.psychological_harm in ["moderate", "severe"] || {INJURED})',
        RuleTest(_given(NHS, incident__physical_harm="moderate"), fires=True),
        RuleTest(_given(NHS, incident__physical_harm="low"), fires=False),
        RuleTest(_given(HOME, incident__physical_harm="moderate"), fires=False),
    ),
    _opens(
        candour.OTHER,
        f"{OTHER_REGISTERED} && (incident.outcome_death ||"
        ' incident.physical_harm in ["severe", "fatal"] ||'
        f' incident.psychological_harm == "severe" || {INJURED})',
        RuleTest(_given(HOME, incident__physical_harm="severe"), fires=True),
        RuleTest(
            _given(HOME, incident__physical_harm="moderate", injury__lasting=("impairment",)), fires=True
        ),
        RuleTest(_given(HOME, incident__physical_harm="moderate"), fires=False),
        RuleTest(_given(NHS, incident__physical_harm="severe"), fires=False),
    ),
    _opens(
        cqc.DEATH,
        f"{REGISTERED} && incident.outcome_death && !({HOSPITAL} && {LIABLE})",
        RuleTest(_given(HOME, incident__outcome_death=True), fires=True),
        RuleTest(_given(NHS, incident__outcome_death=True, person__legal_status="detained_s3"), fires=False),
    ),
    _opens(
        cqc.DEATH_DETAINED,
        f"{HOSPITAL} && incident.outcome_death && {LIABLE}",
        RuleTest(_given(NHS, incident__outcome_death=True, person__legal_status="s17_leave"), fires=True),
        RuleTest(_given(NHS, incident__outcome_death=True, person__legal_status="informal"), fires=False),
    ),
    _opens(
        cqc.ABSENCE,
        f'{HOSPITAL} && incident.category == "absence" &&'
        ' incident.service_type in ["low_secure", "medium_secure", "high_secure"] &&'
        f' (person.legal_status == "" || {LIABLE})',
        RuleTest(
            _given(NHS, incident__category="absence", incident__service_type="low_secure"),
            fires=True,
        ),
        RuleTest(
            _given(
                NHS,
                incident__category="absence",
                incident__service_type="acute_adult",
                person__legal_status="detained_s3",
            ),
            fires=False,
        ),
    ),
    _opens(
        cqc.INJURY,
        f"{REGISTERED} && !incident.outcome_death && ({INJURED} ||"
        ' incident.physical_harm == "severe" || incident.psychological_harm == "severe")',
        RuleTest(_given(HOME, incident__physical_harm="severe"), fires=True),
        RuleTest(_given(HOME, incident__physical_harm="moderate"), fires=False),
    ),
    _opens(
        cqc.ABUSE,
        f"{REGISTERED} && ({ABUSE})",
        RuleTest(_given(HOME, incident__category="violence", events__abuse=True), fires=True),
        RuleTest(_given(HOME, incident__category="violence"), fires=False),
    ),
    _opens(
        cqc.POLICE,
        f"{REGISTERED} && events.police",
        RuleTest(_given(HOME, events__police=True), fires=True),
        RuleTest(_given(HOME), fires=False),
    ),
    _opens(
        cqc.LIBERTY,
        f'{REGISTERED} && liberty.event != ""',
        RuleTest(_given(HOME, liberty__event="standard"), fires=True),
        RuleTest(_given(HOME), fires=False),
    ),
    _opens(
        cqc.EVENTS,
        f'{REGISTERED} && (service.hours > 24 || service.what in ["premises", "fire_alarm"])',
        RuleTest(_given(HOME, service__what="utilities", service__hours=25), fires=True),
        RuleTest(_given(HOME, service__what="utilities", service__hours=24), fires=False),
    ),
    _opens(
        cqc.UNDER_18,
        f"{HOSPITAL} && placement.hours > 48 && person.age < 18",
        RuleTest(_given(NHS, placement__hours=49, person__age=17), fires=True),
        RuleTest(_given(NHS, placement__hours=48, person__age=17), fires=False),
        RuleTest(_given(NHS, placement__hours=49, person__age=18), fires=False),
    ),
    _opens(
        others.USE_OF_FORCE,
        f'{NHS_FUNDED} && unit.beds > 0 && (incident.category == "restrictive_practice" || force.used)',
        RuleTest(_given(NHS, unit__beds=18, incident__category="restrictive_practice"), fires=True),
        RuleTest(_given(NHS, unit__beds=0, incident__category="restrictive_practice"), fires=False),
        RuleTest(
            _given(
                PRIVATE, unit__beds=18, unit__funding="private", incident__category="restrictive_practice"
            ),
            fires=False,
        ),
    ),
    _opens(
        others.SAFEGUARDING,
        f"({ABUSE}) && (person.age >= 18 || person.age < 0)",
        RuleTest({"incident.category": "safeguarding"}, fires=True),
        RuleTest({"incident.category": "safeguarding", "person.age": 17}, fires=False),
    ),
    _opens(
        others.RIDDOR_INJURY,
        'work.who != "" && !(incident.category in ["self_harm", "death"]) && (incident.outcome_death ||'
        ' (work.who == "staff" && work.specified_injury) || (work.who != "staff" && work.hospital))',
        RuleTest({"work.who": "visitor", "work.hospital": True, "incident.category": "fall"}, fires=True),
        RuleTest({"work.who": "staff", "work.hospital": True, "incident.category": "fall"}, fires=False),
    ),
    _opens(
        others.RIDDOR_ABSENCE,
        'work.who == "staff" && work.days_off > 7 && !work.specified_injury && !incident.outcome_death',
        RuleTest({"work.who": "staff", "work.days_off": 8}, fires=True),
        RuleTest({"work.who": "staff", "work.days_off": 7}, fires=False),
    ),
    _opens(
        work.RIDDOR_OCCURRENCE,
        "occurrence.dangerous",
        RuleTest({"occurrence.dangerous": True, "incident.category": "fire"}, fires=True),
        RuleTest({"incident.category": "fire"}, fires=False),
    ),
    _opens(
        work.RIDDOR_DISEASE,
        "disease.exposed",
        RuleTest({"disease.exposed": True, "incident.category": "infection"}, fires=True),
        RuleTest({"incident.category": "infection"}, fires=False),
    ),
    *(
        _opens(
            duty,
            f"({ABUSE}) && person.age >= 0 && person.age < 18",
            RuleTest({"incident.category": "safeguarding", "person.age": 17}, fires=True),
            RuleTest({"incident.category": "safeguarding", "person.age": 18}, fires=False),
            RuleTest({"incident.category": "safeguarding"}, fires=False),
        )
        for duty in children.DUTIES
    ),
    _opens(
        others.LFPSE,
        f"{NHS_FUNDED} && (incident.harm >= 2 || incident.outcome_death)",
        RuleTest(_given(NHS, incident__harm=2), fires=True),
        RuleTest(_given(NHS, incident__harm=1), fires=False),
    ),
)
