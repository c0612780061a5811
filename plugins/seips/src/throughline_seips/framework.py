"""The framework as a record. The factors stand in a module of their own."""

from throughline.sdk import Framework, Stage
from throughline_seips.work_system import FACTORS

STAGES = (
    Stage(
        key="what_happened",
        title="What happened",
        prompt="What happened, in order, as the people who were there and the person affected tell it?",
        guidance="Start well before the incident and end after support was given. Write what people saw"
        " and knew at the time, without what was learned later. Mark where accounts differ; do not settle"
        " it by choosing one. Ask the person and their family what they want the review to answer.",
    ),
    Stage(
        key="work_as_done",
        title="Work as done",
        prompt="How is this work usually done here, on an ordinary good day and on a busy evening?",
        guidance="Go to the place at the same time of day. Watch, and talk with people who do the work."
        " Compare with the policy, and treat each difference as news about the policy: what makes the"
        " written way hard to follow in practice? Note what people do that keeps others safe.",
    ),
    Stage(
        key="work_system",
        title="The work system",
        prompt="Which parts of the work system shaped what happened, and how did they act on each other?",
        guidance="Go through each part below. For each factor say what you found, what shows it, and"
        " whether it made safe care harder or easier. Look for the links: a staffing pattern may matter"
        " only together with a handover and a layout. A person is never a factor; what they had to work"
        " with is.",
    ),
    Stage(
        key="what_we_learned",
        title="What we learned",
        prompt="What do we know now that a colleague on another unit would want to know?",
        guidance="Write each learning so that it makes sense to somebody who never heard of this"
        " incident: the condition, what it makes likely, and where else it may hold. Leave out whatever"
        " could identify anyone. Say how sure you are.",
    ),
    Stage(
        key="areas_for_improvement",
        title="Areas for improvement",
        prompt="Which parts of the system should change, who can change them, and how will we know it"
        " worked?",
        guidance="Name areas before actions. Prefer changes to the design of work over reminders and"
        " training. For each, name the measure that would show an improvement and by when, so that an"
        " action can be judged and not only closed.",
    ),
)

SEIPS = Framework(
    key="seips.work_system",
    version=1,
    title="SEIPS work system",
    usual_for=("psii", "mdt", "thematic", "local"),
    citation="Systems Engineering Initiative for Patient Safety: SEIPS 2.0 (Holden and others, 2013),"
    " SEIPS 3.0 (Carayon and others, 2020), SEIPS 101 (Holden and Carayon, 2021).",
    summary="Looks at six elements of a work system, the processes they shape and the outcomes that"
    " follow. Suits a single incident, a cluster or a theme; also a thing that went well.",
    stages=STAGES,
    factors=FACTORS,
)
