"""The four questions as stages, and the parts of the system behind the third of them."""

from throughline.sdk import SECTOR_FACTORS, FactorGroup, Framework, Stage

STAGES = (
    Stage(
        key="expected",
        title="What was expected",
        prompt="What was expected to happen?",
        guidance="Begin with the newest or quietest person. Say at the start that everybody's view"
        " counts alike, that nobody is being examined, and what will be written down.",
    ),
    Stage(
        key="happened",
        title="What actually happened",
        prompt="What actually happened?",
        guidance="Let each tell it from where they stood. Collect; do not settle differences.",
    ),
    Stage(
        key="difference",
        title="Why there was a difference",
        prompt="Why was there a difference, to the better or the worse?",
        guidance="Look at the conditions of the work: who was there, the place, what was known, what"
        " the policy asked. Ask what helped, too.",
    ),
    Stage(
        key="learned",
        title="What has been learned",
        prompt="What has been learned, and what will change?",
        guidance="Write each for a colleague elsewhere. Say who takes what forward and how the group"
        " will hear of it.",
    ),
)

FACTORS = (
    FactorGroup(
        key="team",
        title="Team and leadership",
        prompt="How did people work together, lead and ask for help?",
        guidance="Ask what made it easy and what made it hard.",
        examples=(
            "It was agreed early who would speak with the family",
            "Nobody knew who led in that hour",
        ),
        theme="organisation",
    ),
    FactorGroup(
        key="task",
        title="The task",
        prompt="What made the task hard or easy to do well?",
        guidance="As it is done here.",
        examples=("Two tasks fell in the same minutes",),
        theme="task",
    ),
    FactorGroup(
        key="tools",
        title="Tools and records",
        prompt="Did alarms, records and equipment help?",
        guidance="On a bad day, too.",
        examples=("The alarm brought help within a minute",),
        theme="tools",
    ),
    FactorGroup(
        key="person",
        title="The person's needs",
        prompt="What did the person need, and did we know it?",
        guidance="Ask them, if they wish.",
        examples=("What calms the person was on the first page",),
        theme="person_needs",
    ),
    *SECTOR_FACTORS,
)

AAR = Framework(
    key="aar.four_questions",
    version=1,
    title="After action review",
    usual_for=("aar",),
    citation="After action review: what was expected, what happened, why was there a difference, what"
    " has been learned.",
    summary="A facilitated talk of an hour or two with those who were there. Suits what went notably"
    " well or badly; a few hours against many for an investigation.",
    stages=STAGES,
    factors=FACTORS,
)
