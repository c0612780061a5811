"""The six elements of the work system, each with its prompt.

Organisation is the widest of them: staffing, communication and policy are asked about in groups of their
own beside it, so that what is found there can be counted under a theme of its own.
"""

from throughline.sdk import FactorGroup

PERSON = FactorGroup(
    key="person",
    title="Person",
    prompt="What about the person's needs, and the needs of the people caring for them, mattered that day?",
    guidance="The person stands in the middle of the work system, together with family, staff and others"
    " on the ward. Ask what each needed and whether the system could give it. Tiredness, experience and"
    " knowledge are results of how work is arranged: follow them to where they come from.",
    examples=(
        "The person's distress rose in the evening and nothing was planned for that time",
        "Sensory needs or communication needs were not known to the team on shift",
        "Family knew the early signs and had not been asked",
        "Staff were on a third long day in a row",
    ),
    theme="person_needs",
)

TASKS = FactorGroup(
    key="tasks",
    title="Tasks",
    prompt="What made the task hard to do well: its load, its timing, its order, its interruptions?",
    guidance="Describe the task as it is done, not as it is written. Look for tasks that compete for the"
    " same minutes, for tasks that need attention just when attention is scarce, and for steps whose use"
    " nobody can name.",
    examples=(
        "Intermittent observations fell due during the medication round",
        "One member of staff answered the door, the telephone and observed three people",
        "The assessment form took longer than the conversation it was about",
    ),
    theme="task",
)

TOOLS = FactorGroup(
    key="tools",
    title="Tools and technology",
    prompt="Did the tools, records, alarms and equipment help people to notice and to act?",
    guidance="Include paper, screens, keys, alarms, medicines equipment and the record system. Ask how"
    " each behaves on a bad day: when it is slow, shared, broken or locked away.",
    examples=(
        "The risk summary was three screens away from the handover view",
        "A personal alarm did not sound at the far end of the corridor",
        "Observation sheets were kept in the office and filled in later",
    ),
    theme="tools",
)

ORGANISATION = FactorGroup(
    key="organisation",
    title="Organisation: leadership and culture",
    prompt="How did leadership, supervision, training and the way of working together shape what people"
    " could do?",
    guidance="Ask what was made easy and what was made hard by decisions taken away from the ward:"
    " priorities, targets, supervision, training, access to advice at night. Ask whether people could"
    " speak up and what happened when they did.",
    examples=(
        "Advice from a senior clinician was hard to reach after six in the evening",
        "Earlier reports of the same thing had brought no answer",
        "Training covered the policy but not practice in the setting",
    ),
    theme="organisation",
)

STAFFING = FactorGroup(
    key="staffing",
    title="Organisation: staffing and workload",
    prompt="Were there enough people, with the right skills and knowledge of the ward, for what was"
    " needed then?",
    guidance="Look at the hour and not only the shift. Count who was free to respond, and not only who"
    " was on duty. Include temporary staff, breaks, escorts and enhanced observations that draw people"
    " away.",
    examples=(
        "Two of five staff were on escort when the incident began",
        "The evening had no activity worker although the evening was the busiest time",
        "Temporary staff had no time to meet the people they observed",
    ),
    theme="staffing",
)

COMMUNICATION = FactorGroup(
    key="communication",
    title="Organisation: information sharing and handover",
    prompt="Did what was known reach the people who needed it, in time and in a form they could use?",
    guidance="Follow one important fact from where it was first known to where it was needed. Look at"
    " handovers, ward rounds, transfers, calls from family, and what moves between services.",
    examples=(
        "The handover covered events but not what had changed in risk",
        "The person told one member of staff how they felt, and there was no place to pass it on",
        "The community team's plan was not visible on the ward",
    ),
    theme="communication",
)

POLICY = FactorGroup(
    key="policy",
    title="Organisation: policies in practice",
    prompt="Which policy or procedure is hard to follow here in practice, and what do people do instead?",
    guidance="A gap between the written way and the usual way is information about the policy. Ask what"
    " following it to the letter would take in time and people, and whether two policies ask for opposite"
    " things.",
    examples=(
        "Two signatures were asked for on nights with one registered nurse",
        "The search policy and the leave policy could not both be followed at the door",
        "The policy was written for a building of another shape",
    ),
    theme="policy",
)

INTERNAL_ENVIRONMENT = FactorGroup(
    key="internal_environment",
    title="Internal environment",
    prompt="How did the building, the space, noise, light and what was within reach play a part?",
    guidance="Walk the place with somebody who works there and somebody who lives there. Look at lines of"
    " sight, ligature points, quiet places, heat and noise, and at how full the ward was.",
    examples=(
        "The bathroom rail did not collapse under load",
        "There was no quiet room once the ward was full",
        "The corridor bend hid two bedrooms from the nursing station",
    ),
    theme="environment",
)

EXTERNAL_ENVIRONMENT = FactorGroup(
    key="external_environment",
    title="External environment",
    prompt="What came from outside the organisation: other services, commissioning, law, housing, supply?",
    guidance="Name what the organisation cannot change alone, and who can. It belongs in the review even"
    " when no action here can reach it, for it may be raised with a partner or a commissioner.",
    examples=(
        "No bed closer to home was available for eleven days",
        "The supported-living placement ended at short notice",
        "A medicine was out of supply and the replacement was unfamiliar",
    ),
    theme="external",
)

FACTORS = (
    PERSON,
    TASKS,
    TOOLS,
    ORGANISATION,
    STAFFING,
    COMMUNICATION,
    POLICY,
    INTERNAL_ENVIRONMENT,
    EXTERNAL_ENVIRONMENT,
)
