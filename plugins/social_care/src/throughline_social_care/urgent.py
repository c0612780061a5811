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
    when='incident.category == "fall" && fall.head && fall.thins_blood == "yes"',
    then=(
        Escalate("unit_manager", 1, chain=(ChainStep("governance_lead", 4),)),
        StartClock("medical_advice", "Medical advice after a head injury", hours=1, warn_before_hours=0),
    ),
    tests=(
        RuleTest({"incident.category": "fall", "fall.head": True, "fall.thins_blood": "yes"}, fires=True),
        RuleTest({"incident.category": "fall", "fall.head": True, "fall.thins_blood": "no"}, fires=False),
        RuleTest({"incident.category": "fall", "fall.thins_blood": "yes"}, fires=False),
    ),
)

FALL_BLOOD_THINNER_NOT_KNOWN = Rule(
    key="social_care.head_injury_blood_thinner_not_known",
    version=1,
    title="A fall with a head injury; nobody has said whether a blood-thinning medicine is taken",
    why="Not known is not no. Somebody looks at the medicines chart now and decides whether advice is asked.",
    authority=local_choice(
        "After a head injury somebody finds out whether a blood-thinning medicine is taken; within an hour is"
        " this plan's own choice.",
        "Local falls policy",
    ),
    on=WHENEVER,
    when='incident.category == "fall" && fall.head && fall.thins_blood in ["", "not_known"]',
    then=(Escalate("unit_manager", 1, chain=(ChainStep("governance_lead", 4),)),),
    tests=(
        RuleTest(
            {"incident.category": "fall", "fall.head": True, "fall.thins_blood": "not_known"}, fires=True
        ),
        RuleTest({"incident.category": "fall", "fall.head": True}, fires=True),
        RuleTest({"incident.category": "fall", "fall.head": True, "fall.thins_blood": "yes"}, fires=False),
        RuleTest({"incident.category": "fall", "fall.head": True, "fall.thins_blood": "no"}, fires=False),
        RuleTest({"incident.category": "fall", "fall.thins_blood": "not_known"}, fires=False),
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
    when='incident.category == "absence" && missing_person.at_risk == "yes" && !missing_person.found',
    then=(Escalate("unit_manager", 1, chain=(ChainStep("governance_lead", 1), ChainStep("executive", 2))),),
    tests=(
        RuleTest({"incident.category": "absence", "missing_person.at_risk": "yes"}, fires=True),
        RuleTest(
            {
                "incident.category": "absence",
                "missing_person.at_risk": "yes",
                "missing_person.found": True,
            },
            fires=False,
        ),
        RuleTest({"incident.category": "absence"}, fires=False),
    ),
)

MISSING_RISK_NOT_KNOWN = Rule(
    key="social_care.missing_risk_not_known",
    version=1,
    title="Somebody is missing; nobody has said whether they are at risk",
    why="Not known is not no. Somebody who knows the person decides now how the search begins and who"
    " is told.",
    authority=local_choice(
        "Whether a missing person is at risk is decided by a person within the hour; the hour is this plan's"
        " own choice.",
        "Local missing persons policy",
    ),
    on=WHENEVER,
    when='incident.category == "absence" && incident.subcategory != "attempted" && !missing_person.found'
    ' && missing_person.at_risk in ["", "not_known"]',
    then=(Escalate("unit_manager", 1, chain=(ChainStep("governance_lead", 1),)),),
    tests=(
        RuleTest({"incident.category": "absence", "missing_person.at_risk": "not_known"}, fires=True),
        RuleTest({"incident.category": "absence"}, fires=True),
        RuleTest({"incident.category": "absence", "incident.subcategory": "attempted"}, fires=False),
        RuleTest({"incident.category": "absence", "missing_person.at_risk": "no"}, fires=False),
        RuleTest({"incident.category": "absence", "missing_person.at_risk": "yes"}, fires=False),
        RuleTest({"incident.category": "absence", "missing_person.found": True}, fires=False),
    ),
)

IN_PLAN = (
    "A restriction is agreed in the person's plan before it is used, with them and those who know them; one"
    " that was not is looked at the next day. The Use of Force Act 2018, section 6(5)(d), has mental health"
    " units record whether force was in the care plan; it does not bind care homes, and the rest is this"
    " plan's own choice."
)

RESTRICTION_NOT_AGREED = Rule(
    key="social_care.restriction_not_agreed",
    version=1,
    title="A restriction that was not agreed in the care plan",
    why="What is done in a hurry stays when nobody asks. Look with the person, and those close to them, at"
    " what was needed, whether less would have done, and what the plan should say.",
    authority=local_choice(IN_PLAN, "Local policy on restrictions"),
    on=WHENEVER,
    when='incident.category == "restrictive_practice" && restriction.agreed == "not_agreed"',
    then=(
        Escalate("unit_manager", 24, chain=(ChainStep("governance_lead", 24),)),
        RequireReview("local", 5),
        SetFlag("restriction_not_agreed", "Restriction not in the plan"),
    ),
    tests=(
        RuleTest(
            {"incident.category": "restrictive_practice", "restriction.agreed": "not_agreed"}, fires=True
        ),
        RuleTest({"incident.category": "restrictive_practice", "restriction.agreed": "agreed"}, fires=False),
        RuleTest({"incident.category": "violence", "restriction.agreed": "not_agreed"}, fires=False),
    ),
)

RESTRICTION_NOT_KNOWN = Rule(
    key="social_care.restriction_not_known",
    version=1,
    title="A restriction; nobody has said whether it was agreed in the care plan",
    why="Not known is not yes. The plan is where the next shift looks, so somebody reads it and answers.",
    authority=local_choice(IN_PLAN, "Local policy on restrictions"),
    on=WHENEVER,
    when='incident.category == "restrictive_practice" && restriction.agreed in ["", "not_known"]',
    then=(Notify("unit_manager", "A restriction: please say whether it was agreed in the care plan."),),
    tests=(
        RuleTest(
            {"incident.category": "restrictive_practice", "restriction.agreed": "not_known"}, fires=True
        ),
        RuleTest({"incident.category": "restrictive_practice"}, fires=True),
        RuleTest({"incident.category": "restrictive_practice", "restriction.agreed": "agreed"}, fires=False),
        RuleTest({"incident.category": "violence"}, fires=False),
    ),
)

URGENT = (
    CHOKING,
    FALL_BLOOD_THINNER_NOT_KNOWN,
    FALL_NOT_CHECKED,
    FALL_WITH_BLOOD_THINNER,
    MISSING_PERSON,
    MISSING_RISK_NOT_KNOWN,
    PRESSURE_DAMAGE,
    RESTRICTION_NOT_AGREED,
    RESTRICTION_NOT_KNOWN,
    SEVERAL_DOSES,
    TIME_CRITICAL_MEDICINE,
)
