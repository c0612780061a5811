"""One way through a fishbone, with two sets of bones as factors to look for."""

from throughline.sdk import HANDOVER, IMPROVEMENT, LEARNED, POLICY, STAFFING, FactorGroup, Framework, Stage

STAGES = (
    Stage(
        key="effect",
        title="The effect",
        prompt="What happened, in one sentence that everybody there would agree with?",
        guidance="The head of the fish. Name the event, not its cause and not a person.",
    ),
    Stage(
        key="bones",
        title="The bones",
        prompt="What is on each bone, and what shows it?",
        guidance="Go round the bones with those who know the work. Ask of each entry why it was so, and"
        " write that as a smaller bone. An empty bone is an answer too: say that it was looked"
        " at.",
    ),
    Stage(
        key="strongest",
        title="The strongest",
        prompt="Which of them mattered most, which would have been enough by itself, and how sure are we?",
        guidance="Look for what stands on several bones, and for what also made ordinary days harder.",
    ),
    LEARNED,
    IMPROVEMENT,
)

CONTRIBUTORY_FACTORS = (
    FactorGroup(
        key="person",
        title="The person",
        prompt="What about the person's needs and circumstances mattered?",
        guidance="Ask them and their family.",
        examples=("Needs written where the team does not look",),
        theme="person_needs",
    ),
    FactorGroup(
        key="staff",
        title="Individual staff",
        prompt="What did people have to work with: rest, experience, support?",
        guidance="Follow each to what arranged it so.",
        examples=("A third long day in a row",),
        theme="organisation",
    ),
    FactorGroup(
        key="task",
        title="Task and guidelines",
        prompt="Was the task clear, possible and supported?",
        guidance="As it is done, not as it is written.",
        examples=("The guideline is for another kind of ward",),
        theme="task",
    ),
    FactorGroup(
        key="communication",
        title="Communication",
        prompt="Did what was known reach those who needed it, spoken, written and in handover?",
        guidance="Follow one fact on its way.",
        examples=("The handover told events, not what had changed in risk",),
        theme="communication",
    ),
    FactorGroup(
        key="equipment",
        title="Equipment and resources",
        prompt="Were the things there, working and known?",
        guidance="Include records, keys and alarms.",
        examples=("The alarm does not sound in the garden",),
        theme="tools",
    ),
    FactorGroup(
        key="conditions",
        title="Work environment and conditions",
        prompt="How did building, layout, noise and light play a part?",
        guidance="Walk the place.",
        examples=("The quiet room was an office",),
        theme="environment",
    ),
    FactorGroup(
        key="organisation",
        title="Organisational and strategic",
        prompt="Which decisions taken elsewhere shaped the day?",
        guidance="Name who could decide otherwise.",
        examples=("Two wards were merged without a new roster",),
        theme="organisation",
    ),
    FactorGroup(
        key="training",
        title="Education and training",
        prompt="Had people been able to learn and practise this here?",
        guidance="Seldom the whole answer: what was there to use it with?",
        examples=("Training used another device",),
        theme="organisation",
    ),
    FactorGroup(
        key="team",
        title="Team and social",
        prompt="How did people work together, lead and speak up?",
        guidance="Ask what happened when they did.",
        examples=("Nobody knew who led in that hour",),
        theme="organisation",
    ),
    STAFFING,
    POLICY,
)

CONTRIBUTORY = Framework(
    key="fishbone.contributory_factors",
    version=1,
    title="Fishbone: contributory factors",
    citation="Ishikawa diagram with the contributory factor groups in use in the National Health"
    " Service (after the National Patient Safety Agency; the wording of the groups was not"
    " checked against a source).",
    summary="Nine bones, from the person to the organisation, each with its own question.",
    stages=STAGES,
    factors=CONTRIBUTORY_FACTORS,
)

HEALTHCARE_FACTORS = (
    FactorGroup(
        key="staff",
        title="Staff",
        prompt="Were there enough people, with the right skills, at that hour, and what did they have"
        " to work with?",
        guidance="The hour, not only the shift.",
        examples=(
            "Two of five were on escort",
            "Nobody there had worked with the person before",
        ),
        theme="staffing",
    ),
    FactorGroup(
        key="environment",
        title="Environment",
        prompt="How did the place play a part?",
        guidance="Walk it.",
        examples=("The corridor bend hides two rooms",),
        theme="environment",
    ),
    FactorGroup(
        key="equipment",
        title="Equipment",
        prompt="Were the things there, working and known?",
        guidance="Include records and alarms.",
        examples=("The bag was on another floor",),
        theme="tools",
    ),
    FactorGroup(
        key="process",
        title="Process and task",
        prompt="What made the task hard to do well?",
        guidance="As it is done.",
        examples=("Two tasks fell in the same minutes",),
        theme="task",
    ),
    FactorGroup(
        key="organisation",
        title="Organisation",
        prompt="Which decisions taken elsewhere shaped the day?",
        guidance="Name who could decide otherwise.",
        examples=("Senior advice was hard to reach after six",),
        theme="organisation",
    ),
    FactorGroup(
        key="patient",
        title="Patient",
        prompt="What did the person need, and did the system know it?",
        guidance="Ask them and their family.",
        examples=("Early signs were known to the family only",),
        theme="person_needs",
    ),
    HANDOVER,
    POLICY,
)

HEALTHCARE = Framework(
    key="fishbone.healthcare",
    version=1,
    title="Fishbone: six bones",
    citation="Ishikawa diagram with six bones common in health-care improvement: staff, environment,"
    " equipment, process, organisation, patient.",
    summary="Six broad bones, for a short session with a team.",
    stages=STAGES,
    factors=HEALTHCARE_FACTORS,
)
