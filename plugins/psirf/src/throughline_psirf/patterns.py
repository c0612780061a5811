"""Rules that look for a pattern where no single report shows one: on a unit, at a place, over weeks.

They speak about how things are on a unit, never about a person. The numbers are starting points: no guidance
gives them, so each is an organisation's own choice and marked unverified.
"""

from datetime import date

from throughline.sdk import (
    Authority,
    ChainStep,
    Escalate,
    LookBack,
    RequireReview,
    Rule,
    RuleTest,
    Signal,
    Silence,
    Trigger,
    UsualReports,
)

REVIEW_DUE = date(2027, 5, 31)
AT_NIGHT = (Trigger.NIGHTLY_SCAN,)
TO_THE_UNIT = Escalate("unit_manager", 72, (ChainStep("governance_lead", 96),))

CLUSTERS = Authority(
    statement="One review may cover a cluster of incidents. The numbers that make a cluster are this plan's"
    " own choice.",
    reference="Patient Safety Incident Response Framework, learning responses; local plan",
    confidence="unverified",
    review_due=REVIEW_DUE,
)
CHARTS = Authority(
    statement="A point outside the limits, or a run, is a signal that a process has changed. To look at each"
    " signal is this plan's own choice.",
    reference="Making Data Count (NHS England), rules of special cause variation; local plan",
    confidence="unverified",
    review_due=REVIEW_DUE,
)
REPORTING = Authority(
    statement="An increase in reports reflects a better reporting culture. To ask when reports stop is this"
    " plan's own choice.",
    reference="Commentary of the National Reporting and Learning System on its figures; local plan",
    confidence="unverified",
    review_due=REVIEW_DUE,
)

SELF_HARM_CLUSTER = Rule(
    key="psirf.self_harm_cluster",
    version=1,
    title="Self-harm by several people on one unit in 28 days",
    why="When several people on a ward harm themselves within weeks, look at what they share: evenings, the"
    " environment, who is there, and how distress travels. People and staff there may need support now.",
    authority=CLUSTERS,
    on=AT_NIGHT,
    let=(
        LookBack("recent", 28, ("unit",), category="self_harm"),
        LookBack("people", 28, ("unit",), category="self_harm", of="people"),
    ),
    when="recent >= 6 && people >= 3",
    then=(Escalate("governance_lead", 72), RequireReview("thematic", 10)),
    tests=(
        RuleTest({"recent": 6, "people": 3}, fires=True),
        RuleTest({"recent": 9, "people": 2}, fires=False),
        RuleTest({"recent": 5, "people": 4}, fires=False),
    ),
)

FIXED_LIGATURE = {"incident.category": "self_harm", "self_harm.method": "ligature_anchored"}
SAME_PLACE_AND_METHOD = Rule(
    key="psirf.same_place_and_method",
    version=1,
    title="A ligature fixed at the same place again within 90 days",
    why="The same place and the same means, twice: the place is telling us something. Make it safe for the"
    " next person first, then ask what kept it as it was.",
    authority=CLUSTERS,
    on=(Trigger.INCIDENT_GRADED, Trigger.INCIDENT_TRIAGED),
    let=(
        LookBack(
            "there",
            90,
            ("location",),
            category="self_harm",
            where='self_harm.method == "ligature_anchored"',
        ),
    ),
    when='incident.category == "self_harm" && self_harm.method == "ligature_anchored" && there >= 2',
    then=(Escalate("unit_manager", 24), Escalate("governance_lead", 24), RequireReview("swarm", 2)),
    tests=(
        RuleTest(
            {"incident.category": "self_harm", "self_harm.method": "ligature_anchored", "there": 2},
            fires=True,
        ),
        RuleTest(
            {"incident.category": "self_harm", "self_harm.method": "ligature_anchored", "there": 1},
            fires=False,
        ),
        RuleTest({"incident.category": "self_harm", "self_harm.method": "cutting", "there": 3}, fires=False),
    ),
)

AFTER_LEAVE = Rule(
    key="psirf.after_leave",
    version=1,
    title="Self-harm soon after leave, more than once on a unit in 90 days",
    why="Coming back from leave is a change of place, people and hopes. Twice in a season asks how return"
    " is planned and who is there to meet people.",
    authority=CLUSTERS,
    on=AT_NIGHT,
    let=(LookBack("after_leave", 90, ("unit",), category="self_harm", where="self_harm.after_leave"),),
    when="after_leave >= 2",
    then=(TO_THE_UNIT, RequireReview("mdt", 10)),
    tests=(RuleTest({"after_leave": 2}, fires=True), RuleTest({"after_leave": 1}, fires=False)),
)

RESTRAINT_RISING = Rule(
    key="psirf.restraint_rising",
    version=1,
    title="Restrictive practice is higher than usual",
    why="The chart says the process has changed, not that anybody did wrong. Ask what is different on the"
    " ward: who was admitted, who was on shift, what there is to do, and what helped before.",
    authority=CHARTS,
    on=AT_NIGHT,
    let=(Signal("restraint_chart", "week", 26, "restrictive_practice"),),
    when='restraint_chart in ["high_outside", "high_shift", "high_trend", "high_two_of_three"]',
    then=(TO_THE_UNIT, RequireReview("thematic", 10)),
    tests=(
        RuleTest({"restraint_chart": "high_shift"}, fires=True),
        RuleTest({"restraint_chart": "low_shift"}, fires=False),
        RuleTest({"restraint_chart": "too_few"}, fires=False),
    ),
)

REPORTING_SILENT = Rule(
    key="psirf.reporting_silent",
    version=1,
    title="No report for two weeks where reports are usual",
    why="A quiet ward is a question, not an accusation. It may be a good fortnight, or people may have no"
    " time to report, or see nothing come of it. Ask, and thank them for what they sent before.",
    authority=REPORTING,
    on=AT_NIGHT,
    let=(Silence("silent", 60), UsualReports("usual", 84)),
    when="silent >= 14 && usual >= 2",
    then=(TO_THE_UNIT,),
    tests=(
        RuleTest({"silent": 14, "usual": 2}, fires=True),
        RuleTest({"silent": 30, "usual": 1}, fires=False),
        RuleTest({"silent": 13, "usual": 5}, fires=False),
    ),
)

PATTERNS = (AFTER_LEAVE, REPORTING_SILENT, RESTRAINT_RISING, SAME_PLACE_AND_METHOD, SELF_HARM_CLUSTER)
