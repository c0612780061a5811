"""From the page to the ward and back, and what makes the written way hard to follow."""

from throughline.sdk import ENVIRONMENT, HANDOVER, LEARNED, POLICY, STAFFING, FactorGroup, Framework, Stage

STAGES = (
    Stage(
        key="written",
        title="As written",
        prompt="What does the policy ask, of whom, in what time, with what?",
        guidance="Name the policy, its version and paragraphs. List what it takes for granted: people,"
        " minutes, equipment, building.",
    ),
    Stage(
        key="done",
        title="As done",
        prompt="How is the work done on an ordinary good day, on a busy evening, at night?",
        guidance="Go and watch, with those who do it. Tell them why you are there. Do not correct"
        " anything while watching.",
    ),
    Stage(
        key="gap",
        title="The gap",
        prompt="Where do the two differ, and what makes the other way make sense there?",
        guidance="Each difference with the condition behind it: time, people, place, tools, another"
        " policy. Ask what following it to the letter would take on that evening.",
    ),
    Stage(
        key="keeps_safe",
        title="What keeps it safe",
        prompt="What do people do beyond the policy that keeps others safe?",
        guidance="Practice is often safer than the page. Keep what works.",
    ),
    LEARNED,
    Stage(
        key="change",
        title="What should change",
        prompt="What should change: the policy, the conditions, or both, and how will we know?",
        guidance="If the policy cannot be followed as things are, either the conditions change or the"
        " policy does. A reminder changes neither.",
    ),
)

FACTORS = (
    FactorGroup(
        key="task",
        title="The task",
        prompt="What about the task makes the written way hard?",
        guidance="Count the steps and the interruptions.",
        examples=("Eleven steps, four of them on paper",),
        theme="task",
    ),
    FactorGroup(
        key="tools",
        title="Tools and records",
        prompt="What do tools and records make easy or hard?",
        guidance="Try it yourself.",
        examples=("The form opens on one computer only",),
        theme="tools",
    ),
    FactorGroup(
        key="organisation",
        title="Priorities and support",
        prompt="What is asked for at the same time, and who supports the written way?",
        guidance="Look at what is measured.",
        examples=("What is counted is the form, not the talk",),
        theme="organisation",
    ),
    FactorGroup(
        key="person",
        title="The person's needs",
        prompt="When does the written way not fit the person?",
        guidance="Ask people who use the service.",
        examples=("Waking people hourly made nights worse",),
        theme="person_needs",
    ),
    POLICY,
    ENVIRONMENT,
    STAFFING,
    HANDOVER,
)

WORK_AS_DONE = Framework(
    key="work_as_done.policy_and_practice",
    version=1,
    title="Policy as written, work as done",
    citation="After the distinction of work as imagined and work as done in safety science (Hollnagel"
    " and others); stages and prompts are our own.",
    summary="For a policy that keeps appearing in incidents: what it asks, what people do, why that"
    " makes sense, and what should change, the policy included.",
    stages=STAGES,
    factors=FACTORS,
)
