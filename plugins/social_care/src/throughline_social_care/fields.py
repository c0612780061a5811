"""The follow-up questions, each answerable by somebody who was there, none required: a report comes first."""

from throughline.sdk import Choice, Field, FieldKind, FieldSet

KNOWN = (Choice("yes", "Yes"), Choice("no", "No"), Choice("not_known", "Not known"))
"""Where nobody knows, somebody has to find out: it is never taken for a no."""

FALL = FieldSet(
    key="social_care.fall",
    title="About the fall",
    applies_to=("fall",),
    fields=(
        Field("witnessed", "Did anybody see it?", FieldKind.YES_NO),
        Field(
            "doing",
            "What was the person doing, as far as is known?",
            FieldKind.CHOICE,
            choices=(
                Choice("walking", "Walking or standing"),
                Choice("bed", "Getting into or out of bed"),
                Choice("chair", "Getting into or out of a chair"),
                Choice("toilet", "On the way to or using the toilet"),
                Choice("washing", "Washing or dressing"),
                Choice("helped", "Being helped to move"),
                Choice("not_known", "Not known"),
            ),
        ),
        Field("head", "Did the person hit their head, or may they have?", FieldKind.YES_NO),
        Field(
            "thins_blood",
            "Does the person take a blood-thinning medicine?",
            FieldKind.CHOICE,
            hint="For example warfarin, apixaban, rivaroxaban, edoxaban or dabigatran.",
            choices=KNOWN,
        ),
        Field("checked_after", "Was the person checked for injury before being moved?", FieldKind.YES_NO),
        Field(
            "aids_in_place",
            "Were the things that are planned to help in place?",
            FieldKind.CHOICE,
            hint="For example a call bell, a walking aid, a sensor, footwear, light.",
            choices=(
                Choice("all", "All of them"),
                Choice("some", "Not all of them"),
                Choice("none_planned", "None are planned"),
            ),
        ),
    ),
)

MEDICINE = FieldSet(
    key="social_care.medicine",
    title="About the medicine",
    applies_to=("medication",),
    fields=(
        Field(
            "time_critical",
            "Is it a medicine that has to be given on time?",
            FieldKind.CHOICE,
            choices=(
                Choice("parkinsons", "Yes, for Parkinson's disease"),
                Choice("insulin", "Yes, insulin"),
                Choice("epilepsy", "Yes, for epilepsy"),
                Choice("blood_thinner", "Yes, to thin the blood"),
                Choice("other", "Yes, another"),
                Choice("no", "No"),
            ),
        ),
        Field("doses", "How many doses did it concern?", FieldKind.NUMBER),
        Field("advice", "Was advice asked of a pharmacist, doctor or nurse?", FieldKind.YES_NO),
    ),
)

EATING = FieldSet(
    key="social_care.eating",
    title="If somebody choked",
    applies_to=("physical_health",),
    fields=(
        Field(
            "texture",
            "Was the food or drink of the texture in the person's plan?",
            FieldKind.CHOICE,
            choices=(
                Choice("as_planned", "Yes"),
                Choice("otherwise", "No"),
                Choice("no_plan", "There is no plan for it"),
            ),
        ),
        Field("first_aid", "Was first aid given?", FieldKind.YES_NO),
    ),
)

SKIN = FieldSet(
    key="social_care.skin",
    title="If skin was damaged by pressure",
    applies_to=("physical_health",),
    fields=(
        Field(
            "category",
            "Which category was it graded?",
            FieldKind.CHOICE,
            hint="By whoever is trained to grade it. Leave empty if nobody has yet.",
            choices=(
                Choice("one", "Category 1"),
                Choice("two", "Category 2"),
                Choice("three", "Category 3"),
                Choice("four", "Category 4"),
                Choice("unstageable", "Cannot be graded yet"),
                Choice("deep_tissue", "Deep tissue injury"),
            ),
        ),
        Field("on_arrival", "Was it there when the person came to live here?", FieldKind.YES_NO),
    ),
)

MISSING = FieldSet(
    key="social_care.missing_person",
    title="If somebody went missing",
    applies_to=("absence",),
    fields=(
        Field(
            "at_risk", "Is the person known to be at risk when out alone?", FieldKind.CHOICE, choices=KNOWN
        ),
        Field("found", "Has the person been found?", FieldKind.YES_NO),
        Field(
            "way_out",
            "How did the person leave?",
            FieldKind.CHOICE,
            hint="The way out matters, so that it can be made safe without shutting anybody in.",
            choices=(
                Choice("front_door", "By the front door"),
                Choice("garden", "Through the garden"),
                Choice("outing", "While out with staff"),
                Choice("visit", "From a visit or day service"),
                Choice("not_known", "Not known"),
            ),
        ),
    ),
)

DISTRESS = FieldSet(
    key="social_care.distress",
    title="About the distress",
    applies_to=("violence", "restrictive_practice", "self_harm"),
    fields=(
        Field("resident_hurt", "Was another person who lives here hurt or frightened?", FieldKind.YES_NO),
        Field(
            "plan",
            "Is there a plan for how to support the person at such a time?",
            FieldKind.CHOICE,
            choices=(
                Choice("helped", "Yes, and it could be followed"),
                Choice("could_not", "Yes, and it could not be followed"),
                Choice("none", "No"),
            ),
        ),
        Field(
            "before",
            "What was going on just before?",
            FieldKind.TEXT,
            hint="For example noise, waiting, pain, a change of plan, an unfamiliar face.",
        ),
    ),
)

RESTRICTION = FieldSet(
    key="social_care.restriction",
    title="If the person was restricted",
    applies_to=("restrictive_practice",),
    fields=(
        Field(
            "agreed",
            "Was it agreed in the person's care plan?",
            FieldKind.CHOICE,
            hint="A hold, a locked door, a bed rail, a chair, a sensor, something kept away.",
            choices=(
                Choice("agreed", "Yes"),
                Choice("not_agreed", "No"),
                Choice("not_known", "Not known"),
            ),
        ),
    ),
)

FIELD_SETS = (DISTRESS, EATING, FALL, MEDICINE, MISSING, RESTRICTION, SKIN)
