"""The chain of whys as stages, and the parts of the system it may end in."""

from throughline.sdk import SECTOR_FACTORS, FactorGroup, Framework, Stage
from throughline_five_whys.ending import objections

STAGES = (
    Stage(
        key="statement",
        title="The problem",
        prompt="What happened, in one sentence, without a cause in it?",
        guidance="Name the event and what should have been there in its place.",
    ),
    Stage(
        key="whys",
        title="Why, and why again",
        prompt="Why did that happen? And why was that so? Write each as a line of its own: why,"
        " because, and what shows it.",
        guidance="Usually three to seven lines, each beginning with “Because”. Where there are two"
        " answers, write both and follow each. Go on while the answer is within the"
        " organisation's reach.",
    ),
    Stage(
        key="ends_at",
        title="Where it ends",
        prompt="What, in the system, does the chain end at?",
        guidance="A condition somebody can change: a design, an arrangement, a rule, a resource. If it"
        " ends at what a person did or did not do, ask why that was likely for anybody in that"
        " place, and go on.",
    ),
    Stage(
        key="change",
        title="What would change it",
        prompt="What change at the last why would make the first one unlikely, here and elsewhere?",
        guidance="Also say what would show that it worked.",
    ),
)

FACTORS = (
    FactorGroup(
        key="task",
        title="The task",
        prompt="What about the task was behind it?",
        guidance="As it is done.",
        examples=("Two tasks fell in the same minutes",),
        theme="task",
    ),
    FactorGroup(
        key="tools",
        title="Tools and records",
        prompt="What about tools and records was behind it?",
        guidance="Try them.",
        examples=("The alarm could not be heard",),
        theme="tools",
    ),
    FactorGroup(
        key="organisation",
        title="Organisation",
        prompt="Which decision taken elsewhere was behind it?",
        guidance="Name who can decide otherwise.",
        examples=("Break cover was stopped in March",),
        theme="organisation",
    ),
    FactorGroup(
        key="person",
        title="The person's needs",
        prompt="Which need did the system not know or meet?",
        guidance="Ask them.",
        examples=("The early signs were known to the family only",),
        theme="person_needs",
    ),
    *SECTOR_FACTORS,
)

FIVE_WHYS = Framework(
    key="five_whys.to_the_system",
    version=1,
    title="Five whys",
    citation="Five whys (Toyota production system); that the chain ends in the system and not at a"
    " person is this method's own rule.",
    summary="For a simple event with one line of causes. Where causes meet or act on each other,"
    " choose a method that looks at the whole system.",
    stages=STAGES,
    factors=FACTORS,
    objections=objections,
)
