"""Stages from decision to improvement, and the levels of the system as factors to look for."""

from throughline.sdk import HANDOVER, IMPROVEMENT, LEARNED, POLICY, STAFFING, FactorGroup, Framework, Stage

STAGES = (
    Stage(
        key="decide",
        title="Decide and select",
        prompt="Why is this reviewed, what should the review answer, and who should be on it?",
        guidance="Say what could be learned, whatever the outcome was. Choose people who know the work,"
        " somebody from outside the team, and ask the person and family what they want to know.",
    ),
    Stage(
        key="gather",
        title="Gather",
        prompt="What do the records, the place, the things and the people say?",
        guidance="Talk with people soon, in private, and tell them what the review is for. See the"
        " place. Keep what each account shows.",
    ),
    Stage(
        key="chronology",
        title="Chronology",
        prompt="What happened, in order, and how sure are we of each point?",
        guidance="Begin well before. Mark where accounts differ.",
    ),
    Stage(
        key="problems",
        title="Care delivery problems",
        prompt="At which points did care go another way than was intended or than is usual here?",
        guidance="Each as one sentence about care, not about a person: “observation lapsed for forty"
        " minutes”. Also where it went well.",
    ),
    Stage(
        key="contributory",
        title="Contributory factors",
        prompt="For each of those points, which levels of the system contributed?",
        guidance="Take one point at a time through all levels below. Do not stop at the individual:"
        " what made it likely for anyone there?",
    ),
    LEARNED,
    IMPROVEMENT,
)

FACTORS = (
    FactorGroup(
        key="person",
        title="Patient factors",
        prompt="What about the person's condition, needs and wishes made care harder or easier?",
        guidance="Ask the person and their family.",
        examples=("Distress rose in the evening and nothing was planned for it",),
        theme="person_needs",
    ),
    FactorGroup(
        key="task",
        title="Task factors",
        prompt="Was the task clear, possible and supported by protocols and results at hand?",
        guidance="Describe it as it is done.",
        examples=(
            "The protocol could not be found on the ward computer",
            "Two tasks needed the same minutes",
        ),
        theme="task",
    ),
    FactorGroup(
        key="technology",
        title="Technology",
        prompt="Did devices, records and alarms help people to notice and to act?",
        guidance="Ask how each behaves on a bad day.",
        examples=("The risk summary is three screens from the handover view",),
        theme="tools",
    ),
    FactorGroup(
        key="staff",
        title="Individual staff factors",
        prompt="What knowledge, skills and state did the system let people bring?",
        guidance="Tiredness and experience are results of how work is arranged: follow them there.",
        examples=(
            "A third long day in a row",
            "No supervision for two months",
        ),
        theme="organisation",
    ),
    FactorGroup(
        key="team",
        title="Team factors",
        prompt="How did the team share what it knew, supervise and ask for help?",
        guidance="Spoken and written communication, leadership, willingness to speak up.",
        examples=("It was not clear who led in that hour",),
        theme="organisation",
    ),
    FactorGroup(
        key="work_environment",
        title="Work environment",
        prompt="How did the place, its layout, noise and what was within reach play a part?",
        guidance="Walk it with those who work and live there.",
        examples=(
            "Two bedrooms cannot be seen from the station",
            "The rail bore weight",
        ),
        theme="environment",
    ),
    FactorGroup(
        key="management",
        title="Organisation and management",
        prompt="Which priorities, resources and structures shaped the day?",
        guidance="Ask what was made easy and what was made hard by decisions taken elsewhere.",
        examples=("The target for discharge left no time for the last review",),
        theme="organisation",
    ),
    FactorGroup(
        key="context",
        title="Institutional context",
        prompt="What came from commissioning, regulation, law or other organisations?",
        guidance="Name who could change it.",
        examples=("The placement ended at short notice",),
        theme="external",
    ),
    STAFFING,
    HANDOVER,
    POLICY,
)

LONDON_PROTOCOL = Framework(
    key="london_protocol.systems_analysis",
    version=1,
    title="London Protocol: systems analysis",
    citation="Taylor-Adams and Vincent, Systems analysis of clinical incidents: the London Protocol"
    " (2004); new edition 2024. The order of the stages is common knowledge of the field and"
    " was not checked against the text.",
    summary="Finds the points at which care went another way than intended, and asks for each which"
    " levels of the system contributed.",
    stages=STAGES,
    factors=FACTORS,
)
