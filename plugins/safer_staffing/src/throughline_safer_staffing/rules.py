"""The rules, as data. They ask about the plan of a shift and never about whoever was on it.

No guidance gives these numbers, so each is an organisation's own choice and marked unverified.
"""

from datetime import date

from throughline.sdk import (
    Authority,
    ChainStep,
    Escalate,
    LookBack,
    Notify,
    RequireReview,
    Rule,
    RuleTest,
    Signal,
    Trigger,
)

REVIEW_DUE = date(2027, 5, 31)
# Nobody's answer reads 0: without a plan there is nothing to be under.
UNDER_PLAN = (
    "(shift.planned_registered > 0 && shift.actual_registered < shift.planned_registered)"
    " || (shift.planned_support > 0 && shift.actual_support < shift.planned_support) || shift.cover_missed"
)

SAFE_STAFFING = Authority(
    statement="Enough suitably qualified staff are deployed. To look at each incident on a shift under plan"
    " is this organisation's own choice.",
    reference="Health and Social Care Act 2008 (Regulated Activities) Regulations 2014, regulation 18; local"
    " staffing policy",
    confidence="unverified",
    review_due=REVIEW_DUE,
)

UNDER_PLAN_SHIFT = Rule(
    key="safer_staffing.under_plan",
    version=1,
    title="It happened while staffing was under plan",
    why="When fewer people are there than were planned, things are missed that nobody could have done. What"
    " was it like, what was left, and what would have helped?",
    authority=SAFE_STAFFING,
    on=(Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_CHANGED),
    when=UNDER_PLAN,
    then=(Notify("unit_manager", "An incident was reported from a shift under plan."),),
    tests=(
        RuleTest({"shift.planned_registered": 3, "shift.actual_registered": 2}, fires=True),
        RuleTest({"shift.planned_support": 4, "shift.actual_support": 2}, fires=True),
        RuleTest({"shift.cover_missed": True}, fires=True),
        RuleTest({"shift.planned_registered": 3, "shift.actual_registered": 3}, fires=False),
        RuleTest({"incident.category": "violence"}, fires=False),
    ),
)

OFTEN_UNDER_PLAN = Rule(
    key="safer_staffing.often_under_plan",
    version=1,
    title="Several incidents on shifts under plan in 28 days",
    why="Three times in a month is a plan that does not hold. Look at the roster, at how gaps are filled and"
    " at what the ward is asked to do with the people it has.",
    authority=SAFE_STAFFING,
    on=(Trigger.NIGHTLY_SCAN,),
    let=(LookBack("under_plan", 28, ("unit",), where=UNDER_PLAN),),
    when="under_plan >= 3",
    then=(Escalate("governance_lead", 72, (ChainStep("executive", 120),)), RequireReview("thematic", 10)),
    tests=(RuleTest({"under_plan": 3}, fires=True), RuleTest({"under_plan": 2}, fires=False)),
)

STAFFING_RISING = Rule(
    key="safer_staffing.rising",
    version=1,
    title="Staffing incidents are higher than usual",
    why="People are telling you that there are not enough of them. More reports may also mean that they trust"
    " it helps: thank them, and ask what changed.",
    authority=SAFE_STAFFING,
    on=(Trigger.NIGHTLY_SCAN,),
    let=(Signal("staffing_chart", "week", 26, "staffing"),),
    when='staffing_chart in ["high_outside", "high_shift", "high_trend", "high_two_of_three"]',
    then=(Escalate("unit_manager", 72, (ChainStep("governance_lead", 96),)),),
    tests=(
        RuleTest({"staffing_chart": "high_outside"}, fires=True),
        RuleTest({"staffing_chart": "low_shift"}, fires=False),
        RuleTest({"staffing_chart": "too_few"}, fires=False),
    ),
)

RULES = (OFTEN_UNDER_PLAN, STAFFING_RISING, UNDER_PLAN_SHIFT)
