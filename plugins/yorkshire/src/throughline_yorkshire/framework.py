"""The domains of the framework, from the sharp end outwards, as factors to look for."""

from throughline.sdk import IMPROVEMENT, LEARNED, FactorGroup, Framework, Stage

STAGES = (
    Stage(
        key="what_happened",
        title="What happened",
        prompt="What happened, in order, as those who were there and the person affected tell it?",
        guidance="Begin well before the incident and end after support was given. Write what people saw"
        " and knew at the time. Mark where accounts differ; do not settle it by choosing one.",
    ),
    Stage(
        key="situation",
        title="The situation",
        prompt="What was the task, who was there, and what did the person need just then?",
        guidance="Stay with the scene. Describe actions without judging them: an action that looks"
        " wrong afterwards made sense to somebody at the time. Ask what made it make sense.",
    ),
    Stage(
        key="conditions",
        title="Local working conditions",
        prompt="What was true of this place and this shift that shaped the situation?",
        guidance="Staffing, workload, leadership, who was responsible for what, equipment and supplies."
        " Ask how an ordinary shift goes, not only this one.",
    ),
    Stage(
        key="latent",
        title="Decisions made elsewhere",
        prompt="Which decisions, made at another time or in another place, set up those conditions?",
        guidance="Layout, rosters, bed management, training, policies, contracts, national"
        " expectations. Name who could decide otherwise.",
    ),
    LEARNED,
    IMPROVEMENT,
)

FACTORS = (
    FactorGroup(
        key="actions",
        title="What was done at the sharp end",
        prompt="What was done, left out or done another way, and what made that likely?",
        guidance="The framework tells slips and lapses, mistakes and departures from the rule apart."
        " Use it to look for their conditions: attention that was divided, knowledge that was"
        " not at hand, a rule that could not be kept.",
        examples=(
            "The check was interrupted twice within two minutes",
            "The plan was from before the person's medicine changed",
            "The usual way round the locked door had become the only way",
        ),
        theme="task",
    ),
    FactorGroup(
        key="team",
        title="Team factors",
        prompt="How did the team work together then: roles, trust, asking for help?",
        guidance="Look at how this mix of people was put together, and at what the organisation does so"
        " that strangers can work as a team.",
        examples=(
            "Three of five had not met before",
            "It was not clear who led while the nurse in charge was away",
        ),
        theme="organisation",
    ),
    FactorGroup(
        key="staff",
        title="What staff brought and needed",
        prompt="What did the people caring bring that day, and what did the system give them to work with?",
        guidance="Tiredness, experience and stress come from somewhere: rosters, support, induction."
        " Follow them there.",
        examples=(
            "A third long day in a row",
            "The induction had not covered this ward",
        ),
        theme="organisation",
    ),
    FactorGroup(
        key="task",
        title="Task characteristics",
        prompt="What made the task hard: unfamiliar, urgent, monotonous, in conflict with another?",
        guidance="Describe it as it is done. Count what else needed the same minutes.",
        examples=(
            "Observations fell due in the medicine round",
            "The task comes once a year and there was nobody to ask",
        ),
        theme="task",
    ),
    FactorGroup(
        key="person",
        title="The person's needs",
        prompt="What about the person's condition, wishes and language mattered, and did the system know it?",
        guidance="Ask the person and their family. A need that was not met is a question about how"
        " needs are found out.",
        examples=(
            "Sensory needs were written in a record the team cannot open",
            "The family knew the early signs",
        ),
        theme="person_needs",
    ),
    FactorGroup(
        key="workload",
        title="Workload and staffing",
        prompt="How much was there to do, and were there enough people with the right skills, at that hour?",
        guidance="Look at the hour and not only the shift. Count who was free to respond. Include"
        " temporary staff.",
        examples=(
            "Two of five staff were on escort",
            "Skill mix on nights was planned for a quieter ward",
        ),
        theme="staffing",
    ),
    FactorGroup(
        key="leadership",
        title="Supervision and leadership",
        prompt="Who could be asked, who noticed how things were going, and what did they have time for?",
        guidance="Include leadership out of hours. Ask what happened when people spoke up before.",
        examples=(
            "Senior advice was hard to reach after six",
            "The ward manager covered two wards",
        ),
        theme="organisation",
    ),
    FactorGroup(
        key="responsibility",
        title="Lines of responsibility",
        prompt="Was it clear who was to do what, also between teams?",
        guidance="Look for tasks that two thought the other did.",
        examples=("Both teams believed the other had called the family",),
        theme="organisation",
    ),
    FactorGroup(
        key="equipment",
        title="Medicines, equipment and supplies",
        prompt="Were the things needed there, working and known?",
        guidance="Include alarms, keys, records, paper.",
        examples=(
            "The personal alarm does not sound in the garden",
            "The emergency bag was on another floor",
        ),
        theme="tools",
    ),
    FactorGroup(
        key="environment",
        title="Physical environment",
        prompt="How did the building, layout, noise, light and what was within reach play a part?",
        guidance="Walk the place at the same time of day with those who work and live there. Look at"
        " ligature points and lines of sight.",
        examples=(
            "The bathroom rail bore weight",
            "There was no quiet room",
        ),
        theme="environment",
    ),
    FactorGroup(
        key="support",
        title="Support from other departments",
        prompt="Did pharmacy, estates, transport, other services give what was needed in time?",
        guidance="Ask them too: what does this look like from there?",
        examples=("A repair had been asked for six weeks before",),
        theme="organisation",
    ),
    FactorGroup(
        key="scheduling",
        title="Scheduling and bed management",
        prompt="How did admissions, moves, leave and the timetable shape the day?",
        guidance="Look at what came together at one hour, and who could have known.",
        examples=(
            "Three admissions in one afternoon",
            "The ward round moved and took the activity with it",
        ),
        theme="organisation",
    ),
    FactorGroup(
        key="training",
        title="Training and education",
        prompt="What had people been taught, and does it match the work here?",
        guidance="A lack of training is seldom the whole answer: ask what practice, time and equipment"
        " there was to use it.",
        examples=("Training used another make of device",),
        theme="organisation",
    ),
    FactorGroup(
        key="policies",
        title="Policies and procedures",
        prompt="Which policy is hard to follow here in practice, and what do people do instead?",
        guidance="A gap between the written way and the usual way is news about the policy.",
        examples=(
            "Two policies ask for opposite things at the door",
            "The form assumes two registered nurses on nights",
        ),
        theme="policy",
    ),
    FactorGroup(
        key="design",
        title="Design of equipment and medicines",
        prompt="How did a design, a package or a label invite what happened?",
        guidance="Name the maker and whether others were told (for devices and medicines, the Yellow"
        " Card scheme).",
        examples=("Two strengths come in the same box",),
        theme="tools",
    ),
    FactorGroup(
        key="external",
        title="External and national context",
        prompt="What came from law, commissioning, national guidance or other organisations?",
        guidance="It belongs here even when no action of ours reaches it: it may be raised with those"
        " who can.",
        examples=("No bed closer to home for eleven days",),
        theme="external",
    ),
    FactorGroup(
        key="communication",
        title="Communication systems",
        prompt="Did what was known reach those who needed it, spoken and written?",
        guidance="Across all rings. Follow one fact from where it was known to where it was needed:"
        " handovers, records, families, other services.",
        examples=("The handover told events, not what had changed in risk",),
        theme="communication",
    ),
    FactorGroup(
        key="culture",
        title="Safety culture",
        prompt="Is it safe here to say that something is not right, and does anything happen then?",
        guidance="Across all rings. Look at earlier reports of the same thing and what became of them.",
        examples=("Earlier reports had brought no answer",),
        theme="organisation",
    ),
)

YORKSHIRE = Framework(
    key="yorkshire.contributory_factors",
    version=1,
    title="Yorkshire Contributory Factors Framework",
    citation="Lawton and others, Development of an evidence-based framework of factors contributing to"
    " patient safety incidents in hospital settings, 2012.",
    summary="Looks outwards in rings: the situation, local working conditions, the organisation and"
    " what lies outside it, with communication and safety culture across all of them.",
    stages=STAGES,
    factors=FACTORS,
)
