"""A believable evidence document of a fictional provider, for the tests and for looking at the report."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from throughline.trends.charts import Change, spc_chart
from throughline.trends.spc import Direction, xmr
from throughline.trends.words import Subject, three_sentences

_SIGNED = {
    "name": "Ruth Ellis",
    "role": "Patient safety and governance lead",
    "at": "2026-10-19T15:40:00+00:00",
    "statement": "I have read this report. Its figures agree with our own records; its gaps are known.",
}
_CUT = "2026-10-12T06:00:00+00:00"
_DIRECTIONS: dict[str, Direction] = {"lower": "decrease", "higher": "increase", "neutral": "neutral"}
_UNITS = (
    ("oak", "Oak Ward", "ward", "acute_adult", 61, 84),
    ("hazel", "Hazel Ward", "ward", "acute_adult", 68, 66),
    ("willow", "Willow Ward (PICU)", "ward", "picu", 59, 74),
    ("rowan", "Rowan Rehab", "ward", "rehabilitation", 27, 24),
    ("beech", "Beech Ward", "ward", "older_adult", 77, 71),
    ("cedar", "Cedar Ward", "ward", "low_secure", 43, 39),
    ("north-cmht", "North Community Mental Health Team", "team", "community", 31, 36),
    ("crisis-home", "Crisis and Home Treatment Team", "team", "community", 19, 22),
)
_CATEGORIES = (
    ("Violence and aggression", (31, 46, 6, 1, 0)),
    ("Self-harm", (5, 47, 6, 1, 0)),
    ("Medication", (52, 7, 1, 0, 0)),
    ("Restrictive practice", (14, 27, 3, 0, 0)),
    ("Slips, trips and falls", (16, 18, 3, 0, 0)),
    ("Absence without leave or missing", (15, 4, 0, 0, 0)),
    ("Admission, transfer and discharge", (13, 4, 1, 0, 0)),
    ("Physical health", (4, 9, 2, 0, 0)),
    ("Staffing", (14, 0, 0, 0, 0)),
    ("Safeguarding", (5, 6, 1, 0, 0)),
    ("Substance use", (6, 3, 1, 0, 0)),
    ("Death", (0, 0, 0, 0, 1)),
    ("Information and confidentiality", (5, 0, 0, 0, 0)),
    ("Sexual safety", (1, 3, 0, 0, 0)),
    ("Mental Health Act, consent and capacity", (2, 0, 0, 0, 0)),
    ("Buildings and environment", (1, 0, 0, 0, 0)),
)
_SELF_HARM = (9, 12, 10, 11, 8, 13, 9, 12, 14, 11, 10, 9, 12, 13, 11, 10, 12, 6, 4, 5, 3, 4, 2, 4)
_RESTRAINT = (13, 11, 14, 12, 10, 13, 12, 15, 11, 12, 13, 11, 10, 12, 9, 8, 9, 7, 8, 7, 6, 8, 7, 7)
_OMISSIONS = (6, 5, 7, 6, 8, 5, 6, 7, 5, 6, 7, 6, 5, 7, 8, 6, 7, 9, 10, 9, 11, 10, 12, 11)
_FALLS = (9, 7, 11, 8, 10, 9, 12, 8, 9, 10, 7, 11, 9, 8, 10, 12, 9, 8, 11, 9, 10, 8, 12, 9)


def sample_document(*, signed: bool = True) -> dict[str, Any]:
    """Return the document of one quarter, signed off or as a draft."""
    return {
        "schema": "throughline.evidence/2",
        "run": "01997f3a-5c1e-7b62-9d04-6be4f0c2a815",
        "provider": {
            "name": "Calder Vale Mental Health Partnership",
            "slug": "calder",
            "kind": "mental_health",
        },
        "commissioner": {"name": "West Moors Integrated Care Board", "slug": "west-moors"},
        "format": {"key": "icb_quality.quarterly", "version": 2, "title": "Quarterly quality evidence"},
        "versions": [
            {"name": "definitions", "version": "2"},
            {"name": "charts", "version": "mdc-excel"},
        ],
        "units": [
            {"key": key, "name": name, "kind": kind, "service_type": service}
            for key, name, kind, service, _, _ in _UNITS
        ],
        "period": {"start": "2026-07-01", "end": "2026-09-30", "label": "July to September 2026"},
        "cut_at": _CUT,
        "prepared": {"at": _CUT, "by": "Throughline, on schedule"},
        "sign_off": dict(_SIGNED) if signed else None,
        "summary": [
            "385 incidents were reported in July to September 2026, against 416 in the quarter before.",
            "Self-harm on Oak Ward has stayed below its earlier level for seven months running.",
            "Of 34 incidents due for review, 31 have been reviewed. Five lines are broken, one since May.",
        ],
        "figures": _figures(),
        "measures": _measures(),
        "line": {"steps": _steps(), "completed": _completed(), "broken": _broken()},
        "incidents": {
            "harms": ["None", "Low", "Moderate", "Severe", "Fatal"],
            "by_category": [
                {"label": label, "counts": list(counts), "total": sum(counts)}
                for label, counts in _CATEGORIES
            ],
            "by_unit": [
                {"label": name, "count": count, "previous": before} for _, name, _, _, count, before in _UNITS
            ],
        },
        "reviews": {
            "opened": 33,
            "completed": 29,
            "completed_on_time": 24,
            "by_kind": _by_kind(),
            "themes": _themes(),
        },
        "learning": _learning(),
        "actions": _actions(),
        "duties": _duties(),
        "data_quality": [
            "The counts include every report up to 12 October 2026, 07:00; grades may still change.",
            "Half of the incidents were reported within 3 hours of happening, nine in ten within 26 hours.",
            "11 of 385 incidents have a day but no time.",
            "Occupied bed days are complete for every ward in the quarter.",
        ],
        "definitions": _definitions(),
    }


def _figures() -> list[dict[str, Any]]:
    rows: tuple[tuple[str, str, str, float, float | None, float, str, float | None], ...] = (
        ("incidents", "Incidents reported", "Incidents that happened in the period in the services in scope.",
         385, None, 385, "count", 416),
        ("harmful", "Moderate harm or worse", "Of the incidents, those graded moderate, severe or fatal.",
         27, 385, 7.0, "percent", 6.5),
        ("rate", "Incident rate", "Incidents for each 1,000 occupied bed days.",
         385, 8_694, 44.3, "per 1,000 bed days", 47.9),
        ("reviewed", "Reviewed when due", "Of the incidents due to be reviewed, those that are.",
         31, 34, 91.2, "percent", 84.4),
        ("wait", "Days to a finished review", "Median days from the report to the finished review.",
         29, None, 24.5, "days", 31.0),
        ("learned", "Learning shared when due", "Of those whose learning is due: those with learning shared.",
         22, 31, 71.0, "percent", None),
    )  # fmt: skip
    return [
        {
            "key": key,
            "title": title,
            "definition": definition,
            "numerator": top,
            "denominator": bottom,
            "value": value,
            "unit": unit,
            "as_of": _CUT,
            "previous": previous,
        }
        for key, title, definition, top, bottom, value, unit, previous in rows
    ]


def _measures() -> list[dict[str, Any]]:
    return [
        _measure(
            ("self-harm", "Self-harm", "Oak Ward", "lower", "incidents a month"),
            ("incident of self-harm", "incidents of self-harm"),
            _SELF_HARM,
            [("2026-01-12", "Shared handover board"), ("2026-02-09", "Evening activity post")],
        ),
        _measure(
            (
                "restraint",
                "Restrictive practice",
                "all services in scope",
                "lower",
                "per 1,000 occupied bed days",
            ),
            ("use of restrictive practice", "uses of restrictive practice"),
            _RESTRAINT,
            [("2026-01-19", "Roles at an alarm")],
            target=3.0,
        ),
        _measure(
            ("omissions", "Medication", "Beech Ward", "lower", "incidents a month"),
            ("medication incident", "medication incidents"),
            _OMISSIONS,
            [],
            target=2.0,
        ),
        _measure(
            ("falls", "Slips, trips and falls", "all services in scope", "neutral", "incidents a month"),
            ("slip, trip or fall", "slips, trips or falls"),
            _FALLS,
            [],
        ),
    ]


def _measure(
    what: tuple[str, str, str, str, str],
    counted: tuple[str, str],
    counts: Sequence[int],
    changes: list[tuple[str, str]],
    target: float | None = None,
) -> dict[str, Any]:
    key, title, place, direction, unit = what
    rated = unit.startswith("per")
    days = [date(2024 + (9 + index) // 12, (9 + index) % 12 + 1, 1) for index in range(len(counts))]
    bed_days = [2_812 + 17 * ((index * 5) % 9) for index in range(len(counts))]
    values = [
        round(1_000 * count / beds, 2) if rated else float(count)
        for count, beds in zip(counts, bed_days, strict=True)
    ]
    chart = xmr(values, direction=_DIRECTIONS[direction], target=target, fix_after=12)
    last = chart.points[-1]
    over = "for every 1,000 occupied bed days" if rated else ""
    subject = Subject(place[:1].upper() + place[1:], *counted, over)
    sentences = list(three_sentences(chart, days, subject))
    return {
        "key": key,
        "title": title,
        "place": place,
        "definition": f"{title}, {place}: {unit}. Every report counts, whatever its harm.",
        "direction": direction,
        "unit": unit,
        "chart_svg": spc_chart(
            chart,
            days,
            title=f"{title}, {place}",
            description=" ".join(sentences),
            name=key,
            unit=unit,
            changes=[Change(date.fromisoformat(on), label) for on, label in changes],
        ),
        "sentences": sentences,
        "points": [
            {
                "start": day.isoformat(),
                "label": f"{day:%b %Y}",
                "value": value,
                "numerator": count,
                "denominator": beds if rated else None,
            }
            for day, value, count, beds in zip(days, values, counts, bed_days, strict=True)
        ],
        "variation": chart.variation,
        "assurance": chart.assurance,
        "target": chart.target,
        "spc": {
            "profile": chart.profile,
            "trial": chart.trial,
            "baseline": 12,
            "mean": round(last.mean, 2),
            "lower": None if last.lower is None else round(last.lower, 2),
            "upper": None if last.upper is None else round(last.upper, 2),
            "kinds": [point.kind for point in chart.points],
        },
        "changes": [{"date": on, "label": label} for on, label in changes],
    }


def _steps() -> list[dict[str, Any]]:
    rows = (
        ("reported", "Reported", 385, 385, 0.1),
        ("triaged", "Triaged", 385, 381, 0.8),
        ("reviewed", "Reviewed", 34, 31, 24.5),
        ("analysed", "Analysed", 31, 29, 25.0),
        ("learned", "Learned", 31, 22, 31.5),
        ("acted", "Acted on", 18, 13, 62.0),
        ("improved", "Improved", 0, 0, None),
    )
    return [
        {
            "key": key,
            "title": title,
            "due": due,
            "reached": reached,
            "share": round(reached / due, 4) if due else None,
            "median_days": days,
        }
        for key, title, due, reached, days in rows
    ]


def _completed() -> list[dict[str, Any]]:
    return [
        {
            "reference": "CV-2025-01515",
            "title": "Repeated self-harm in the evening",
            "category": "Self-harm",
            "unit": "Oak Ward",
            "reported": "2025-10-30",
            "improved": "2026-09-14",
            "sentence": "From 10.9 a month over the twelve months before to 4.0 over the seven since. The"
            " share with no harm is unchanged; so is occupancy. The board and the evening post stay.",
        },
        {
            "reference": "CV-2025-01408",
            "title": "Held on the floor during an alarm",
            "category": "Restrictive practice",
            "unit": "Willow Ward (PICU)",
            "reported": "2025-10-06",
            "improved": "2026-07-14",
            "sentence": "From 12.0 a month in the year before to 7.4 in the seven months since: fewer than"
            " chance alone would give.",
        },
    ]


def _broken() -> list[dict[str, Any]]:
    rows = (
        ("CV-2026-00811", "Medication", "Beech Ward", "acted", "learned, not acknowledged", "2026-05-18",
         "The learning was shared with three services and none has acknowledged it.",
         "An acknowledgement from each ward manager"),
        ("CV-2026-00864", "Medication", "Beech Ward", "acted", "action overdue", "2026-06-30",
         "The second check at the evening round is planned and not in place, and no measure is declared.",
         "A finished action with a measure"),
        ("CV-2026-00977", "Self-harm", "Hazel Ward", "reviewed", "waiting for its review", "2026-08-02",
         "The review is open and past its date.", "The finished review"),
        ("CV-2026-01042", "Safeguarding", "North Community Mental Health Team", "learned", "waiting for its learning",
         "2026-08-21", "The review is done and nobody has written down what it taught.", "What was learned"),
        ("CV-2026-01103", "Slips, trips and falls", "Beech Ward", "acted", "waiting for action", "2026-09-03",
         "Something was learned and no action follows from it.", "An action with an owner and a date"),
    )  # fmt: skip
    names = ("reference", "category", "unit", "step", "stuck_at", "since", "sentence", "closes_with")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _duties() -> dict[str, Any]:
    rows = (
        ("duty_of_candour_nhs", "Duty of candour (health service body)", "unverified", 27, 14, 6, 0, None, None, 0, 0),
        ("cqc_injury", "Tell CQC of a serious injury (regulation 18)", "sourced", 12, None, 0, 0, 0, 0, None, 0),
        ("use_of_force", "Record of a use of force", "sourced", 41, 0, 0, 30, 5, 0, 0, 6),
        ("cqc_death_detained", "Tell CQC of a death of a detained person (regulation 17)", "sourced",
         None, None, 0, 0, 0, 0, 0, 0),
    )  # fmt: skip
    names = (
        *("key", "title", "confidence", "opened", "in_time", "late", "without_target", "open", "overdue"),
        *("exempt", "not_required"),
    )
    told = "An NHS body, local authority or primary medical provider that has already told NHS England"
    return {
        "by_duty": [{**dict(zip(names, row, strict=True)), "key": f"obligations.{row[0]}"} for row in rows],
        "exemptions": [
            {"duty": "Tell CQC of a serious injury (regulation 18)", "exemption": told, "count": None}
        ],
    }


def _by_kind() -> list[dict[str, Any]]:
    rows = (
        ("Local review", 19, 17, 14),
        ("SWARM huddle", 7, 7, 7),
        ("After action review", 5, 4, 3),
        ("Thematic review of many incidents", 1, 1, 0),
        ("Patient safety incident investigation (PSII)", 1, 0, 0),
    )
    names = ("label", "opened", "completed", "completed_on_time")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _themes() -> list[dict[str, Any]]:
    rows = (
        ("Information sharing and handover", 17),
        ("Policies that are hard to follow in practice", 14),
        ("Staffing and workload", 12),
        ("Environment", 9),
        ("The task itself", 6),
        ("Tools and technology", 3),
    )
    return [{"label": label, "count": count} for label, count in rows]


def _learning() -> list[dict[str, Any]]:
    rows = (
        ("Put what has changed where the next shift looks",
         "What has changed goes at the top of the handover sheet, first.",
         "Nobody reads everything at half past seven.", 3, 8, 7),
        ("The safety plan belongs in the person's hand",
         "Everybody gets their plan on a card, and the keyworker goes through it each week.",
         "In a bad hour nobody logs in.", 2, 5, 5),
        ("Two people, one trolley, no interruptions",
         "The evening round has a second checker and a quiet quarter of an hour.",
         "Doses were left out when the round was broken off.", 1, 3, 0),
    )  # fmt: skip
    names = ("title", "what_changed", "why", "from_reviews", "shared_with", "acknowledged")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _actions() -> list[dict[str, Any]]:
    unmeasured = "No measure is declared, so nobody can say whether it helped."
    rows = (
        ("Fit collapsible rails in the en-suites of Oak Ward", "Stronger", "Head of estates", "2026-02-02",
         "Done", "Improved", "From 10.9 a month to 4.0: every month since lies below the earlier average."),
        ("An activity worker on Oak from four until nine", "Intermediate", "Ward manager", "2026-01-28",
         "Done", "Improved", "From 10.9 a month to 4.0: every month since lies below the earlier average."),
        ("Roles at an alarm, Willow Ward", "Intermediate", "Ward manager", "2025-12-10", "Done",
         "Improved", "12.0 a month in the year before, 7.4 in the seven months since."),
        ("Calm boxes within reach, Hazel Ward", "Intermediate", "Ward manager", "2026-02-26", "Done",
         "Worse", "3.3 a month before, 5.7 since. What was done is not enough, or something else changed."),
        ("Poster and talk about falls at night", "Weaker", "Physiotherapist", "2025-08-11", "Done",
         "No change", "From 8.3 a month to 9.1: within what chance gives. A poster does not light a path."),
        ("A what-happens-when board in the waiting room", "Intermediate", "Team manager", "2026-01-26",
         "Done", "Cannot tell yet", "Too few to tell; the time between them will be looked at instead."),
        ("Motion lights between bed and bathroom, Beech Ward", "Stronger", "Head of estates", "2026-11-02",
         "Open", None, "To be judged on 1 March 2027."),
        ("Second check at the evening medicine round", "Intermediate", "Ward manager", "2026-06-30",
         "Overdue", None, unmeasured),
        ("Remind staff of the observation policy", "Weaker", "Ward manager", "2026-01-15", "Done", None,
         unmeasured),
        ("Tell all shifts about the new handover sheet", "Weaker", "Ward manager", "2026-02-17", "Done", None,
         unmeasured),
    )  # fmt: skip
    names = ("title", "strength", "owner", "due", "state", "verdict", "sentence")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [{**one, "review_on": _review_on(one)} for one in found]


def _review_on(action: dict[str, Any]) -> str | None:
    """Return when its measure judges an action, for those that have one: seven months on is enough points."""
    if action["verdict"]:
        return "2026-09-14"
    return "2027-03-01" if action["sentence"].startswith("To be judged") else None


def _definitions() -> list[dict[str, str]]:
    rows = (
        ("Incident", "What happened, or nearly happened, in care. Counted on the day it happened."),
        ("Harm", "The worse of the physical and psychological grade, as graded at the time of this report."),
        ("Due at a step", "An incident whose own date for that step has passed, or that has reached it."),
        ("Limits", "Natural process limits: the mean plus or minus 2.66 times the mean moving range."),
        (
            "Stronger action",
            "Changes the place, the equipment or the work, so the right thing happens by default.",
        ),
        ("Verdict", "Given at the measure's review date by the rule declared before the effect was known."),
    )
    return [{"term": term, "text": text} for term, text in rows]
