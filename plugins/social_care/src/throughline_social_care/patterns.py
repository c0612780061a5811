"""What repeats: for one person, or in one home, where no single report would be looked at twice."""

from throughline.sdk import (
    ChainStep,
    Escalate,
    LookBack,
    RequireReview,
    Rule,
    RuleTest,
    SetFlag,
    Trigger,
)
from throughline_social_care.authority import local_choice

ON = (Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_CHANGED)

FALLS_BY_ONE_PERSON = Rule(
    key="social_care.falls_by_one_person",
    version=1,
    title="Three falls by one person in 30 days",
    why="Repeated falls are seldom carelessness: a new medicine, an infection, the way to the toilet at"
    " night, shoes, light. Each can be changed once somebody looks at them together.",
    authority=local_choice("Three in 30 days is this plan's own choice.", "Local falls policy"),
    on=ON,
    let=(LookBack("recent", 30, ("person",), category="fall"),),
    when='incident.category == "fall" && incident.person_known && recent >= 3',
    then=(Escalate("unit_manager", 48), RequireReview("mdt", 5)),
    tests=(
        RuleTest({"incident.category": "fall", "incident.person_known": True, "recent": 3}, fires=True),
        RuleTest({"incident.category": "fall", "incident.person_known": True, "recent": 2}, fires=False),
        RuleTest({"incident.category": "fall", "incident.person_known": False, "recent": 3}, fires=False),
    ),
)

FALLS_AT_NIGHT = Rule(
    key="social_care.falls_at_night",
    version=1,
    title="Three falls at night in one home in 28 days",
    why="A cluster at one hour points at light, at how many are awake to help, and at what people get up"
    " for.",
    authority=local_choice("Three in 28 days is this plan's own choice.", "Local falls policy"),
    on=ON,
    let=(
        LookBack("nights", 28, ("unit",), category="fall", where="incident.hour >= 21 || incident.hour < 7"),
    ),
    when='incident.category == "fall" && (incident.hour >= 21 || incident.hour < 7) && nights >= 3',
    then=(
        Escalate("unit_manager", 48, chain=(ChainStep("governance_lead", 48),)),
        RequireReview("thematic", 10),
        SetFlag("falls_at_night", "Falls at night"),
    ),
    tests=(
        RuleTest({"incident.category": "fall", "incident.hour": 23, "nights": 3}, fires=True),
        RuleTest({"incident.category": "fall", "incident.hour": 23, "nights": 2}, fires=False),
        RuleTest({"incident.category": "fall", "incident.hour": 12, "nights": 3}, fires=False),
    ),
)

MEDICINES_IN_ONE_HOME = Rule(
    key="social_care.medicines_in_one_home",
    version=1,
    title="Four medicine incidents in one home in 28 days",
    why="Four in a month are about how the round is set up: interruptions, the chart, the stock, the hour.",
    authority=local_choice("Four in 28 days is this plan's own choice.", "Local medicines policy"),
    on=ON,
    let=(LookBack("recent", 28, ("unit",), category="medication"),),
    when='incident.category == "medication" && recent >= 4',
    then=(Escalate("unit_manager", 72, chain=(ChainStep("governance_lead", 72),)), RequireReview("mdt", 10)),
    tests=(
        RuleTest({"incident.category": "medication", "recent": 4}, fires=True),
        RuleTest({"incident.category": "medication", "recent": 3}, fires=False),
        RuleTest({"incident.category": "fall", "recent": 4}, fires=False),
    ),
)

CHOKING_AGAIN = Rule(
    key="social_care.choking_again",
    version=1,
    title="The same person choked again within 90 days",
    why="What was decided after the first time did not reach every meal. Follow the plan from where it is"
    " written to the plate.",
    authority=local_choice("90 days is this plan's own choice.", "Local eating and drinking policy"),
    on=ON,
    let=(
        LookBack(
            "chokings",
            90,
            ("person",),
            category="physical_health",
            where='incident.subcategory == "choking"',
        ),
    ),
    when='incident.subcategory == "choking" && incident.category == "physical_health" && chokings >= 2',
    then=(Escalate("governance_lead", 24), RequireReview("local", 3)),
    tests=(
        RuleTest(
            {"incident.category": "physical_health", "incident.subcategory": "choking", "chokings": 2},
            fires=True,
        ),
        RuleTest(
            {"incident.category": "physical_health", "incident.subcategory": "choking", "chokings": 1},
            fires=False,
        ),
        RuleTest(
            {"incident.category": "physical_health", "incident.subcategory": "seizure", "chokings": 2},
            fires=False,
        ),
    ),
)

HURT_BY_ANOTHER = Rule(
    key="social_care.hurt_by_another",
    version=1,
    title="People who live together were hurt or frightened three times in 28 days",
    why="Who lives with whom, and how much room there is to be apart, is decided by services and not by the"
    " people. The question is about compatibility, space and support, for both of them.",
    authority=local_choice("Three in 28 days is this plan's own choice.", "Local policy on living together"),
    on=ON,
    let=(LookBack("recent", 28, ("unit",), where="distress.resident_hurt"),),
    when="distress.resident_hurt && recent >= 3",
    then=(
        Escalate("unit_manager", 24, chain=(ChainStep("governance_lead", 24),)),
        RequireReview("mdt", 5),
    ),
    tests=(
        RuleTest({"distress.resident_hurt": True, "recent": 3}, fires=True),
        RuleTest({"distress.resident_hurt": True, "recent": 2}, fires=False),
        RuleTest({"distress.resident_hurt": False, "recent": 3}, fires=False),
    ),
)

PLAN_COULD_NOT_BE_FOLLOWED = Rule(
    key="social_care.plan_could_not_be_followed",
    version=1,
    title="Plans for times of distress could not be followed three times in 60 days",
    why="A plan that cannot be followed is news about the plan, the staffing or the place. Compare it with"
    " the work as it is done.",
    authority=local_choice("Three in 60 days is this plan's own choice.", "Local positive support policy"),
    on=ON,
    let=(LookBack("recent", 60, ("unit",), where='distress.plan == "could_not"'),),
    when='distress.plan == "could_not" && recent >= 3',
    then=(Escalate("governance_lead", 72), RequireReview("thematic", 10)),
    tests=(
        RuleTest({"distress.plan": "could_not", "recent": 3}, fires=True),
        RuleTest({"distress.plan": "could_not", "recent": 2}, fires=False),
        RuleTest({"distress.plan": "helped", "recent": 3}, fires=False),
    ),
)

PATTERNS = (
    CHOKING_AGAIN,
    FALLS_AT_NIGHT,
    FALLS_BY_ONE_PERSON,
    HURT_BY_ANOTHER,
    MEDICINES_IN_ONE_HOME,
    PLAN_COULD_NOT_BE_FOLLOWED,
)
