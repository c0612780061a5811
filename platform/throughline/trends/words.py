"""What a chart says, in three sentences a reader of eleven to thirteen follows.

The first says what there was, the second whether the process has changed, the third what that means: for the
target where there is one. A count of reports is never called bad for being higher where nobody said which way
is better: people may be speaking up more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from throughline.trends.drawing import figure
from throughline.trends.frames import MONTHLY
from throughline.trends.spc import COMMON, CONCERN, IMPROVEMENT, NEUTRAL_HIGH, Chart, Point

_LONG = 4  # points in a row on one side are worth saying together, whichever rule spoke
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Subject:
    """What a chart is about, in the words of a sentence.

    ``place`` begins the sentence ("Oak Ward"); ``one`` and ``many`` are what is counted ("incident of
    self-harm", "incidents of self-harm"); ``of`` is what a rate is over ("for every 1,000 occupied bed
    days").
    """

    place: str
    one: str
    many: str
    of: str = ""


def three_sentences(chart: Chart, starts: Sequence[date], subject: Subject) -> tuple[str, str, str]:
    """Say what a chart shows, whether the process has changed, and what that means.

    ``starts`` are the first days of the points' weeks or months.

    Raises:
        ValueError: there are not as many days as points.
    """
    if len(starts) != len(chart.points):
        raise ValueError(f"{len(chart.points)} points need as many days; there are {len(starts)}")
    monthly = len(starts) < 2 or (starts[-1] - starts[-2]).days >= MONTHLY  # noqa: PLR2004
    span = "month" if monthly else "week"
    return (
        _shows(chart, starts[-1], subject, span),
        _changed(chart, starts, span),
        _means(chart, subject, span),
    )


def _shows(chart: Chart, start: date, subject: Subject, span: str) -> str:
    value = chart.points[-1].value
    things = subject.one if value == 1 and not subject.of else subject.many
    amount = figure(value) if value else "no"
    when = f"{start:%B %Y}" if span == "month" else f"the week of {start.day} {start:%B %Y}"
    had = " ".join(
        part for part in (f"{subject.place} had {amount} {things}", subject.of if value else "") if part
    )
    usual = _usual(chart)
    return f"{had} in {when}; a usual {span} had {usual}." if usual else f"{had} in {when}."


def _usual(chart: Chart) -> str:
    """Return the range that the limits leave to chance, in whole numbers where whole things are counted."""
    point = chart.points[-1]
    if point.lower is None or point.upper is None or len(chart.points) == 1:
        return ""
    positive = min(one.value for one in chart.points) >= 0
    low, high = max(0.0, point.lower) if positive else point.lower, point.upper
    if all(one.value == int(one.value) for one in chart.points) and math.ceil(low) <= math.floor(high):
        low, high = math.ceil(low), math.floor(high)
    first, last = figure(low), figure(high)
    return (first if low else "none") if first == last else f"between {first} and {last}"


def _changed(chart: Chart, starts: Sequence[date], span: str) -> str:
    last = chart.points[-1]
    first, newest = chart.groups[-1]
    rests_on = min(newest - first + 1, chart.fixed or newest + 1)
    if last.trial:
        known = f"only {_spelt(rests_on)} {span}{'' if rests_on == 1 else 's'} to go by"
        sign = "There is a first sign of a change, but with" if last.special else "With"
        return f"{sign} {known}, it is too soon to be sure."
    if last.special:
        return _signal(chart, span)
    earlier = [index for index in range(first + (chart.fixed or 0), newest) if chart.points[index].special]
    if earlier:
        found = starts[earlier[-1]]
        when = f"{found:%B %Y}" if span == "month" else f"the week of {found.day} {found:%B %Y}"
        return f"There was a sign of a change up to {when}, but the latest {span} is back in the usual range."
    if len({point.value for point in chart.points}) == 1:
        return f"Every {span} had the same figure, so nothing shows that the process has changed."
    return (
        f"The {span}s go up and down as chance would have it, so nothing shows that the process has changed."
    )


def _signal(chart: Chart, span: str) -> str:
    last = chart.points[-1]
    ran, run = _monotone(chart), _one_side(chart)
    side = "higher" if last.side > 0 else "lower"
    if last.rule == "trend":
        way = "up" if chart.points[-1].value > chart.points[-2].value else "down"
        return f"The figures went {way} {_spelt(ran)} {span}s in a row, so the process has changed."
    if run >= _LONG:
        all_of = f"The last {_spelt(run)} {span}s were all {side} than the usual middle"
        return f"{all_of}, so the process has changed."
    if last.rule == "two_in_three":
        return f"Two of the last three {span}s were much {side} than usual, so the process has changed."
    return f"The latest {span} was {side} than chance would explain, so something was different."


def _monotone(chart: Chart) -> int:
    """Return how many steps in a row the figures went the way they went last."""
    values = [point.value for point in chart.points]
    up, ran = values[-1] > values[-2], 0
    while ran < len(values) - 1 and values[-1 - ran] != values[-2 - ran]:
        if (values[-1 - ran] > values[-2 - ran]) != up:
            break
        ran += 1
    return ran


def _one_side(chart: Chart) -> int:
    """Return how many points in a row, up to the last and within its group, lie on its side of the mean."""
    last, ran = chart.points[-1], 0
    for point in reversed(chart.points):
        if point.group != last.group or point.side != last.side:
            break
        ran += 1
    return ran


def _means(chart: Chart, subject: Subject, span: str) -> str:
    if chart.target is not None:
        return _for_target(chart, subject, chart.target, span)
    return _without_target(chart)


def _for_target(chart: Chart, subject: Subject, target: float, span: str) -> str:
    if chart.direction == "neutral":
        return f"There is a target of {figure(target)}, but nobody has said yet which way is better."
    bound = "more" if chart.direction == "increase" else ("less" if subject.of else "fewer")
    wanted = f"the target of {figure(target)} or {bound}"
    since = _one_side(chart)
    if chart.variation != COMMON and chart.fixed is not None and since >= _LONG:
        met = sum(_meets(point, target, chart) for point in chart.points[-since:])
        how_many = "all" if met == since else _spelt(met) if met else "none"
        return f"Of the last {_spelt(since)} {span}s, {how_many} met {wanted}."
    if chart.assurance is None or (chart.variation != COMMON and chart.fixed is not None):
        met = _meets(chart.points[-1], target, chart)
        return f"The latest {span} {'met' if met else 'did not meet'} {wanted}."
    return {
        "consistently_pass": f"If nothing changes, every {span} will meet {wanted}.",
        "consistently_fail": f"If nothing changes, no {span} will meet {wanted}:"
        " the way the work is set up has to change.",
        "inconsistent": f"If nothing changes, some {span}s will meet {wanted} and some will not.",
    }[chart.assurance]


def _meets(point: Point, target: float, chart: Chart) -> bool:
    return point.value >= target if chart.direction == "increase" else point.value <= target


def _without_target(chart: Chart) -> str:
    if chart.variation == COMMON:
        return "To move the usual level, the work itself would have to change."
    if chart.variation == IMPROVEMENT and chart.direction == "decrease":
        return "This is the way we want it to go, as long as people still report as freely."
    if chart.variation == IMPROVEMENT:
        return "This is the way we want it to go."
    if chart.variation == CONCERN:
        return "Look at what has changed around the work, not at one person."
    if chart.variation == NEUTRAL_HIGH:
        return "More reports can mean that people speak up more, so look at the harm before judging."
    return "Fewer reports can mean less harm or less reporting, so look at both."


def _spelt(count: int) -> str:
    return _SMALL[count] if count < len(_SMALL) else str(count)
