"""The steps of the huddle as stages, and the parts of the system to look round for."""

from throughline.sdk import SECTOR_FACTORS, FactorGroup, Framework, Stage

STAGES = (
    Stage(
        key="welcome",
        title="Ground rules",
        prompt="Who is here, is everybody all right, and what have we agreed about how we talk?",
        guidance="Ask first how people are and what support they need. Say that this is about how the"
        " work is set up, and that nobody is being examined.",
    ),
    Stage(
        key="facts",
        title="What happened",
        prompt="What happened, as far as we know now?",
        guidance="Short and in order. Mark what is not known yet and who will find out.",
    ),
    Stage(
        key="why",
        title="What made it likely",
        prompt="What about the work, the place and the day made this likely?",
        guidance="Use the parts of the system below. Stand where it happened and look round.",
    ),
    Stage(
        key="safe",
        title="Safe now",
        prompt="What must be made safe before we part, for the person, for others, for staff?",
        guidance="Done now, by name. Say what is only a stopgap.",
    ),
    Stage(
        key="next",
        title="Who does what, who should know",
        prompt="What is looked into further, by whom, and who else should hear today?",
        guidance="Choose the next response if one is needed. Tell the person and family what was found"
        " and done.",
    ),
)

FACTORS = (
    FactorGroup(
        key="person",
        title="Person",
        prompt="What did the person, and those caring for them, need?",
        guidance="Ask them.",
        examples=("The person had asked for a talk in the morning",),
        theme="person_needs",
    ),
    FactorGroup(
        key="task",
        title="Tasks",
        prompt="What competed for the same minutes?",
        guidance="As it is done.",
        examples=("The door, the telephone and three observations fell to one",),
        theme="task",
    ),
    FactorGroup(
        key="tools",
        title="Tools and technology",
        prompt="Did tools and alarms help?",
        guidance="Try them.",
        examples=("The alarm could not be heard in the bathroom",),
        theme="tools",
    ),
    FactorGroup(
        key="organisation",
        title="Organisation",
        prompt="What was decided elsewhere that shaped this hour?",
        guidance="Name who can decide otherwise.",
        examples=("Break cover was stopped in March",),
        theme="organisation",
    ),
    *SECTOR_FACTORS,
)

SWARM = Framework(
    key="swarm.huddle",
    version=1,
    title="SWARM huddle",
    usual_for=("swarm",),
    citation="SWARM huddle as NHS trusts describe it in their incident response plans; the order of the"
    " steps is common knowledge of the field.",
    summary="Within hours, where it happened, with those who were there: facts, what made it likely,"
    " immediate safety, who does what, who else should know.",
    stages=STAGES,
    factors=FACTORS,
)
