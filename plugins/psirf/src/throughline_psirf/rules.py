"""The escalation rules, as data. Each is a starting point for an organisation's own response plan.

PSIRF sets no threshold of harm and asks for proportionate responses, so a rule asks people to look and to
decide; it does not decide. What was not seen in the reference named is marked unverified.
"""

from throughline.sdk import (
    Authority,
    Escalate,
    LookBack,
    RequireReview,
    Rule,
    RuleTest,
    Trigger,
)
from throughline_psirf.patterns import PATTERNS, REVIEW_DUE

WHENEVER_IT_CHANGES = (Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_CHANGED, Trigger.INCIDENT_TRIAGED)
HARM_IS_KNOWN = (Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_GRADED)

PROPORTIONATE = Authority(
    statement="Responses are considered and proportionate, with a range of system-based approaches to"
    " learning. The framework sets no threshold of harm: looking within a day is this plan's own choice.",
    reference="Patient Safety Incident Response Framework (NHS England, August 2022), aims 2 and 3; local"
    " plan",
    confidence="unverified",
    review_due=REVIEW_DUE,
)

SEVERE_PHYSICAL_HARM = Rule(
    key="psirf.severe_harm",
    version=1,
    title="Severe physical harm",
    why="Somebody's life may have changed. They and their family need to hear from us early, staff need"
    " support, and what was true about the ward that day fades quickly.",
    authority=PROPORTIONATE,
    on=HARM_IS_KNOWN,
    when='incident.physical_harm == "severe"',
    then=(Escalate("governance_lead", 24), RequireReview("mdt", 5)),
    tests=(
        RuleTest({"incident.physical_harm": "severe"}, fires=True),
        RuleTest({"incident.physical_harm": "moderate"}, fires=False),
        RuleTest({"incident.physical_harm": "fatal"}, fires=False),
    ),
)

SEVERE_PSYCHOLOGICAL_HARM = Rule(
    key="psirf.severe_psychological_harm",
    version=1,
    title="Severe psychological harm",
    why="Psychological harm counts as much as physical harm and is noticed less: without a prompt it"
    " waits behind what can be seen.",
    authority=PROPORTIONATE,
    on=HARM_IS_KNOWN,
    when='incident.psychological_harm == "severe"',
    then=(Escalate("governance_lead", 24), RequireReview("mdt", 5)),
    tests=(
        RuleTest({"incident.psychological_harm": "severe"}, fires=True),
        RuleTest({"incident.psychological_harm": "moderate"}, fires=False),
    ),
)

DEATH = Rule(
    key="psirf.death",
    version=1,
    title="A person has died",
    why="A family needs one named person to speak to, and somebody senior decides with them and the team"
    " which review is owed. For a person detained, the answer may be set nationally.",
    authority=Authority(
        statement="The death of a person detained under the Mental Health Act 1983, or to whom the Mental"
        " Capacity Act 2005 applies, with reason to think it may be linked to problems in care, calls for"
        " a locally led patient safety incident investigation.",
        reference="Nationally mandated responses, as in Croydon Health Services' published patient safety"
        " incident response plan; check against the current national guide",
        confidence="sourced",
        review_due=REVIEW_DUE,
    ),
    on=WHENEVER_IT_CHANGES,
    when='incident.outcome_death || incident.physical_harm == "fatal" || incident.category == "death"',
    then=(Escalate("executive", 4), Escalate("governance_lead", 4), RequireReview("psii", 3)),
    tests=(
        RuleTest({"incident.outcome_death": True}, fires=True),
        RuleTest({"incident.physical_harm": "fatal"}, fires=True),
        RuleTest({"incident.category": "death"}, fires=True),
        RuleTest({"incident.category": "self_harm", "incident.physical_harm": "severe"}, fires=False),
    ),
)

PRONE_RESTRAINT = Rule(
    key="psirf.prone_restraint",
    version=1,
    title="Restraint in the prone position",
    why="Being held face down can stop a person breathing. Each use is a question to the system: what led"
    " up to it, what would have made another way possible, and how are the person and the staff now?",
    authority=Authority(
        statement="Each use of force that is not negligible is recorded with the type of force, its"
        " reason, duration and outcome, and the efforts made to avoid it. Looking at each prone hold is"
        " this plan's own choice.",
        reference="Mental Health Units (Use of Force) Act 2018, section 6(5); prone is type 01 in MHSDS"
        " version 5",
        confidence="sourced",
        review_due=REVIEW_DUE,
    ),
    on=WHENEVER_IT_CHANGES,
    when='"prone" in restraint.positions',
    then=(Escalate("unit_manager", 24), Escalate("governance_lead", 72), RequireReview("swarm", 1)),
    tests=(
        RuleTest({"restraint.positions": ("prone",)}, fires=True),
        RuleTest({"restraint.positions": ("seated", "prone")}, fires=True),
        RuleTest({"restraint.positions": ("supine",)}, fires=False),
        RuleTest({"incident.category": "restrictive_practice"}, fires=False),
    ),
)

REPEATED_SELF_HARM = Rule(
    key="psirf.repeated_self_harm",
    version=1,
    title="Self-harm by one person three times in 14 days",
    why="A pattern points at how risk is understood, how the evening is staffed, or what there is to do,"
    " more than at any one shift. Three single reports, each of low harm, would not be seen together.",
    authority=Authority(
        statement="One investigation or review may cover a cluster of incidents. Three in 14 days is this"
        " plan's own choice.",
        reference="Patient Safety Incident Response Framework, learning responses; local self-harm policy",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    on=(Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_TRIAGED),
    let=(LookBack("recent", within_days=14, same=("person",), category="self_harm"),),
    when='incident.category == "self_harm" && incident.person_known && recent >= 3',
    then=(Escalate("governance_lead", 24), RequireReview("thematic", 5)),
    tests=(
        RuleTest({"incident.category": "self_harm", "incident.person_known": True, "recent": 3}, fires=True),
        RuleTest({"incident.category": "self_harm", "incident.person_known": True, "recent": 2}, fires=False),
        RuleTest({"incident.category": "violence", "incident.person_known": True, "recent": 3}, fires=False),
        RuleTest(
            {"incident.category": "self_harm", "incident.person_known": False, "recent": 3}, fires=False
        ),
    ),
)

ABSENCE_PAST_MIDNIGHT = Rule(
    key="psirf.absence_past_midnight",
    version=1,
    title="Absence of a detained person from a secure ward past midnight",
    why="The regulator is told of it, and of the return, without delay. Whoever sends the notice needs to"
    " know tonight, not at the next meeting.",
    authority=Authority(
        statement="The unauthorised absence, continuing past midnight, of a person detained or liable to"
        " be detained is notified without delay by services designated low, medium or high security, and"
        " so is the return.",
        reference="Care Quality Commission (Registration) Regulations 2009, regulation 17, with the"
        " regulator's guidance on it",
        confidence="sourced",
        review_due=REVIEW_DUE,
    ),
    on=WHENEVER_IT_CHANGES,
    when='(absence.kind == "awol" || absence.kind == "failed_to_return") && absence.past_midnight'
    ' && (incident.service_type == "low_secure" || incident.service_type == "medium_secure"'
    ' || incident.service_type == "high_secure")',
    then=(Escalate("governance_lead", 4),),
    tests=(
        RuleTest(
            {"absence.kind": "awol", "absence.past_midnight": True, "incident.service_type": "low_secure"},
            fires=True,
        ),
        RuleTest(
            {"absence.kind": "awol", "absence.past_midnight": True, "incident.service_type": "acute_adult"},
            fires=False,
        ),
        RuleTest({"absence.kind": "awol", "incident.service_type": "low_secure"}, fires=False),
        RuleTest(
            {"absence.kind": "missing", "absence.past_midnight": True, "incident.service_type": "low_secure"},
            fires=False,
        ),
    ),
)

RULES = (
    *PATTERNS,
    ABSENCE_PAST_MIDNIGHT,
    DEATH,
    PRONE_RESTRAINT,
    REPEATED_SELF_HARM,
    SEVERE_PHYSICAL_HARM,
    SEVERE_PSYCHOLOGICAL_HARM,
)
