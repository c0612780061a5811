"""What somebody has to know of today, each on the word of one report."""

from throughline.sdk import (
    ChainStep,
    Escalate,
    Notify,
    RequireReview,
    Rule,
    RuleTest,
    SetFlag,
    StartClock,
    Trigger,
)
from throughline_social_care.authority import local_choice

WHENEVER = (Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_CHANGED)
ON_REPORT = (Trigger.INCIDENT_REPORTED,)

FALL_WITH_BLOOD_THINNER = Rule(
    key="social_care.head_injury_on_blood_thinner",
    version=1,
    title="A fall with a head injury, on a blood-thinning medicine",
    why="Bleeding in the head can come on slowly and look like tiredness. Whoever leads the shift needs to"
    " know now, so that advice is asked and the night is planned for it.",
    authority=local_choice(
        "Medical advice is asked after a head injury in anybody who takes a blood-thinning medicine; within"
        " an hour is this plan's own choice.",
        "Local falls policy",
    ),
    on=WHENEVER,
    when='incident.category == "fall" && fall.head && fall.blood_thinner',
    then=(
        Escalate("unit_manager", 1, chain=(ChainStep("governance_lead", 4),)),
        StartClock("medical_advice", "Medical advice after a head injury", hours=1, warn_before_hours=0),
    ),
    tests=(
        RuleTest({"incident.category": "fall", "fall.head": True, "fall.blood_thinner": True}, fires=True),
        RuleTest({"incident.category": "fall", "fall.head": True}, fires=False),
        RuleTest({"incident.category": "fall", "fall.blood_thinner": True}, fires=False),
    ),
)

FALL_NOT_CHECKED = Rule(
    key="social_care.fall_not_seen_nor_checked",
    version=1,
    title="A fall nobody saw, without a check before moving",
    why="An injury that is not looked for is found late. It is also a question about what makes checking"
    " hard: who is there, with what equipment, at that hour.",
    authority=local_choice(
        "After an unwitnessed fall a person is checked before being moved.", "Local falls policy"
    ),
    on=ON_REPORT,
    when='incident.category == "fall" && !fall.witnessed && !fall.checked_after'
    ' && incident.subcategory == "unwitnessed"',
    then=(Notify("unit_manager", "A fall that nobody saw: please see that the person is checked."),),
    tests=(
        RuleTest({"incident.category": "fall", "incident.subcategory": "unwitnessed"}, fires=True),
        RuleTest(
            {
                "incident.category": "fall",
                "incident.subcategory": "unwitnessed",
                "fall.checked_after": True,
            },
            fires=False,
        ),
        RuleTest({"incident.category": "fall", "incident.subcategory": "witnessed"}, fires=False),
    ),
)

TIME_CRITICAL_MEDICINE = Rule(
    key="social_care.time_critical_medicine",
    version=1,
    title="A medicine that has to be on time was late or left out",
    why="For Parkinson's disease, diabetes or epilepsy an hour can matter. Look at what the round competes"
    " with, and at how such medicines are told apart from the rest.",
    authority=local_choice(
        "Medicines that have to be given on time are named in the plan and their delay is looked at the same"
        " day; four hours is this plan's own choice.",
        "Local medicines policy",
    ),
    on=WHENEVER,
    when='incident.category == "medication" && medicine.time_critical != "" && medicine.time_critical != "no"'
    ' && (incident.subcategory == "omission" || incident.subcategory == "wrong_time")',
    then=(Escalate("unit_manager", 4, chain=(ChainStep("governance_lead", 20),)),),
    tests=(
        RuleTest(
            {
                "incident.category": "medication",
                "incident.subcategory": "omission",
                "medicine.time_critical": "parkinsons",
            },
            fires=True,
        ),
        RuleTest(
            {
                "incident.category": "medication",
                "incident.subcategory": "wrong_time",
                "medicine.time_critical": "insulin",
            },
            fires=True,
        ),
        RuleTest(
            {
                "incident.category": "medication",
                "incident.subcategory": "omission",
                "medicine.time_critical": "no",
            },
            fires=False,
        ),
        RuleTest({"incident.category": "medication", "incident.subcategory": "omission"}, fires=False),
        RuleTest(
            {
                "incident.category": "medication",
                "incident.subcategory": "storage",
                "medicine.time_critical": "insulin",
            },
            fires=False,
        ),
    ),
)

SEVERAL_DOSES = Rule(
    key="social_care.several_doses",
    version=1,
    title="The same medicine went wrong for three doses or more",
    why="One missed dose is a moment; three are a process: the record, the supply, the handover between"
    " shifts.",
    authority=local_choice("Three doses is this plan's own choice.", "Local medicines policy"),
    on=WHENEVER,
    when='incident.category == "medication" && medicine.doses >= 3',
    then=(Escalate("unit_manager", 24), RequireReview("local", 5)),
    tests=(
        RuleTest({"incident.category": "medication", "medicine.doses": 3}, fires=True),
        RuleTest({"incident.category": "medication", "medicine.doses": 2}, fires=False),
        RuleTest({"incident.category": "medication"}, fires=False),
    ),
)

CHOKING = Rule(
    key="social_care.choking",
    version=1,
    title="Somebody choked",
    why="The next meal is a few hours away. What is known about how the person eats has to be with whoever"
    " serves it, the agency worker and the day service included.",
    authority=local_choice(
        "Every choking is looked at before the next day.", "Local eating and drinking policy"
    ),
    on=WHENEVER,
    when='incident.category == "physical_health" && incident.subcategory == "choking"',
    then=(
        Escalate("unit_manager", 4, chain=(ChainStep("governance_lead", 20),)),
        RequireReview("swarm", 1),
    ),
    tests=(
        RuleTest({"incident.category": "physical_health", "incident.subcategory": "choking"}, fires=True),
        RuleTest({"incident.category": "physical_health", "incident.subcategory": "seizure"}, fires=False),
    ),
)

PRESSURE_DAMAGE = Rule(
    key="social_care.pressure_damage",
    version=1,
    title="Skin badly damaged by pressure",
    why="It takes hours to arise and months to heal, and asks what equipment, turning and food there was time"
    " for. Where it was there on arrival, whoever cared for the person before needs to hear of it.",
    authority=local_choice(
        "Category 3 and above, deep tissue injury and what cannot be graded yet are reviewed; the threshold"
        " is this plan's own choice.",
        "Local tissue viability policy",
    ),
    on=WHENEVER,
    when='skin.category in ["three", "four", "unstageable", "deep_tissue"]',
    then=(
        Escalate("unit_manager", 24, chain=(ChainStep("governance_lead", 24),)),
        RequireReview("local", 5),
        SetFlag("pressure_damage", "Pressure damage"),
    ),
    tests=(
        RuleTest({"skin.category": "three"}, fires=True),
        RuleTest({"skin.category": "deep_tissue"}, fires=True),
        RuleTest({"skin.category": "two"}, fires=False),
        RuleTest({}, fires=False),
    ),
)

MISSING_PERSON = Rule(
    key="social_care.missing_and_at_risk",
    version=1,
    title="Somebody known to be at risk is missing",
    why="The first hour decides. Afterwards the question is what the person was looking for outside that the"
    " home could offer, and not only how the door is shut.",
    authority=local_choice(
        "Who is told within the hour is this plan's own choice.", "Local missing persons policy"
    ),
    on=ON_REPORT,
    when='incident.category == "absence" && missing_person.known_risk && !missing_person.found',
    then=(Escalate("unit_manager", 1, chain=(ChainStep("governance_lead", 1), ChainStep("executive", 2))),),
    tests=(
        RuleTest({"incident.category": "absence", "missing_person.known_risk": True}, fires=True),
        RuleTest(
            {
                "incident.category": "absence",
                "missing_person.known_risk": True,
                "missing_person.found": True,
            },
            fires=False,
        ),
        RuleTest({"incident.category": "absence"}, fires=False),
    ),
)

URGENT = (
    CHOKING,
    FALL_NOT_CHECKED,
    FALL_WITH_BLOOD_THINNER,
    MISSING_PERSON,
    PRESSURE_DAMAGE,
    SEVERAL_DOSES,
    TIME_CRITICAL_MEDICINE,
)
