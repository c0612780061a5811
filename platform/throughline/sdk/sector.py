"""What every framework asks alike: four parts of the system, what was learned, what should change.

Where a framework has no part of its own for one of them, it takes this one, so that environment, staffing,
handover and policy are asked about in every review and counted in every statistic.
"""

from throughline.sdk.frameworks import FactorGroup, Stage

SECTOR_THEMES: tuple[str, ...] = ("environment", "staffing", "communication", "policy")
"""The themes that every framework asks about: keys of ``THEMES``."""

ENVIRONMENT = FactorGroup(
    key="environment",
    title="Environment",
    prompt="How did the building, its layout, noise, light and what was within reach play a part?",
    guidance="Walk the place at the same time of day with somebody who works there and somebody who lives"
    " there. Look at lines of sight, ligature points, quiet places, and how full it was.",
    examples=(
        "The curtain rail bore a person's weight",
        "The only quiet room was in use as an office",
        "The bedroom corridor could not be seen from where staff were",
    ),
    theme="environment",
)

STAFFING = FactorGroup(
    key="staffing",
    title="Staffing levels and skill mix",
    prompt="Were there enough people, with the right skills and knowledge of the people here, at that hour?",
    guidance="Look at the hour and not only the shift. Count who was free to respond, not only who was on"
    " duty: breaks, escorts and observations draw people away. Include temporary staff.",
    examples=(
        "Two of five staff were on escort",
        "Nobody on the shift had worked with the person before",
        "The evening, the busiest time, was planned with the fewest people",
    ),
    theme="staffing",
)

HANDOVER = FactorGroup(
    key="handover",
    title="Information sharing and handover",
    prompt="Did what was known reach the people who needed it, in time and in a form they could use?",
    guidance="Follow one important fact from where it was first known to where it was needed: handovers,"
    " ward rounds, transfers, what families said, what other services held.",
    examples=(
        "The handover told events, not what had changed in risk",
        "The family's call was written where the team does not look",
        "The community team's plan could not be opened on the ward",
    ),
    theme="communication",
)

POLICY = FactorGroup(
    key="policy",
    title="Policies hard to follow in practice",
    prompt="Which policy or procedure is hard to follow here in practice, and what do people do instead?",
    guidance="A gap between the written way and the usual way is news about the policy. Ask what following"
    " it to the letter takes in minutes and people, and whether two policies ask for opposite things.",
    examples=(
        "Two signatures are asked for on nights with one registered nurse",
        "The form takes longer than the conversation it is about",
        "The policy was written for a building of another shape",
    ),
    theme="policy",
)

SECTOR_FACTORS: tuple[FactorGroup, ...] = (ENVIRONMENT, STAFFING, HANDOVER, POLICY)
"""One part of the system for each of ``SECTOR_THEMES``, in their order."""

LEARNED = Stage(
    key="learned",
    title="What we learned",
    prompt="What do we know now that a colleague elsewhere would want to know?",
    guidance="Write it for somebody who never heard of this incident: the condition, what it makes"
    " likely, where else it may hold. Leave out whatever could identify anyone.",
)
"""The stage that a learning is written from, for a framework that has no such question of its own."""

IMPROVEMENT = Stage(
    key="improvement",
    title="Areas for improvement",
    prompt="Which parts of the system should change, who can change them, and what would show"
    " that it worked?",
    guidance="Name areas before actions. A change to how work is designed lasts longer than a"
    " reminder. Name the measure now, so that an action can be judged and not only closed.",
)
"""The stage that actions are written from, for a framework that has no such question of its own."""
