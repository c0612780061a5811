"""The follow-up questions, each answerable by somebody who was there, none required: a report comes first."""

from throughline.sdk import Choice, Field, FieldKind, FieldSet

POSITIONS = (
    Choice("prone", "Prone, face down (MHSDS 01)"),
    Choice("supine", "Supine, face up (MHSDS 09)"),
    Choice("side", "On the side (MHSDS 10)"),
    Choice("seated", "Seated (MHSDS 11)"),
    Choice("kneeling", "Kneeling (MHSDS 12)"),
    Choice("standing", "Standing (MHSDS 07)"),
    Choice("escort", "Restrictive escort (MHSDS 08)"),
    Choice("other", "Another physical hold (MHSDS 13)"),
)
"""Types of physical restraint, with their codes in the Mental Health Services Data Set, version 5."""

RESTRAINT = FieldSet(
    key="psirf.restraint",
    title="If force was used",
    applies_to=("restrictive_practice", "violence", "self_harm"),
    fields=(
        Field(
            "positions",
            "Which holds or positions were used?",
            FieldKind.CHOICES,
            hint="Choose every one, however short. Leave empty if nobody was held.",
            choices=POSITIONS,
        ),
        Field("duration_minutes", "How many minutes did it last, all holds together?", FieldKind.NUMBER),
        Field(
            "rapid_tranquillisation",
            "Was rapid tranquillisation given by injection?",
            FieldKind.YES_NO,
            hint="MHSDS 14. The checks of physical health afterwards belong in the clinical record.",
        ),
        Field("in_care_plan", "Was this kind of hold in the person's care plan?", FieldKind.YES_NO),
        Field(
            "efforts_to_avoid",
            "What was tried first, so that force would not be needed?",
            FieldKind.TEXT,
            hint="For example time, space, a familiar face, a change of place, medicine by mouth.",
        ),
        Field("debrief_person", "Was a debrief offered to the person?", FieldKind.YES_NO),
        Field("debrief_staff", "Was a debrief offered to the staff involved?", FieldKind.YES_NO),
    ),
)
"""What section 6(5) of the Mental Health Units (Use of Force) Act 2018 asks to be recorded and the core
report does not already hold, as far as somebody on the ward knows it at once; and the two debriefs that
MHSDS counts."""

SELF_HARM = FieldSet(
    key="psirf.self_harm",
    title="About the self-harm",
    applies_to=("self_harm",),
    fields=(
        Field(
            "method",
            "How did the person harm themselves?",
            FieldKind.CHOICE,
            choices=(
                Choice("ligature_anchored", "Ligature fixed to a point"),
                Choice("ligature_unanchored", "Ligature not fixed to a point"),
                Choice("cutting", "Cutting"),
                Choice("ingestion", "Self-poisoning or ingestion"),
                Choice("swallowing", "Swallowing an object"),
                Choice("head_banging", "Head banging"),
                Choice("burning", "Burning"),
                Choice("asphyxiation", "Self-strangulation or asphyxiation"),
                Choice("other", "Another way"),
            ),
        ),
        Field(
            "ligature_point",
            "If there was a ligature point, what was it?",
            FieldKind.CHOICE,
            hint="The place matters for the environment, so that it can be made safe for the next person.",
            choices=(
                Choice("window", "Window"),
                Choice("bed", "Bed"),
                Choice("door", "Door"),
                Choice("pipes", "Pipes"),
                Choice("toilet_area", "Toilet area"),
                Choice("other", "Another point"),
            ),
        ),
        Field(
            "ligature_item",
            "If there was a ligature, what was used?",
            FieldKind.CHOICE,
            choices=(
                Choice("bedding", "Bedding"),
                Choice("shoelaces", "Shoelaces"),
                Choice("towel", "Towel"),
                Choice("clothing", "Clothing"),
                Choice("belt", "Belt"),
                Choice("other", "Something else"),
            ),
        ),
        Field(
            "observation_level",
            "What level of observation was planned at the time?",
            FieldKind.CHOICE,
            hint="As planned. How it went in practice belongs in the description.",
            choices=(
                Choice("general", "General"),
                Choice("intermittent", "Intermittent"),
                Choice("within_eyesight", "Within eyesight"),
                Choice("within_arms_length", "Within arm's length"),
                Choice("not_inpatient", "Not an inpatient"),
            ),
        ),
        Field(
            "after_leave",
            "Was it within 72 hours of returning from leave?",
            FieldKind.YES_NO,
            hint="Coming back can be hard. Answering helps to see how return from leave is planned.",
        ),
        Field("hospital_treatment", "Was treatment in a general hospital needed?", FieldKind.YES_NO),
    ),
)

ABSENCE = FieldSet(
    key="psirf.absence",
    title="About the absence",
    applies_to=("absence",),
    fields=(
        Field(
            "kind",
            "What kind of absence was it?",
            FieldKind.CHOICE,
            choices=(
                Choice("awol", "Detained person absent without leave"),
                Choice("failed_to_return", "Detained person did not return from leave"),
                Choice("missing", "Informal patient or resident missing"),
                Choice("attempt", "Tried to leave and was prevented"),
            ),
        ),
        Field("past_midnight", "Did the absence continue past midnight?", FieldKind.YES_NO),
        Field(
            "last_seen",
            "When was the person last seen?",
            FieldKind.DATE_TIME,
        ),
        Field("returned", "When did the person return?", FieldKind.DATE_TIME, hint="Leave empty if not yet."),
        Field("harm_while_absent", "Did the person come to harm while absent?", FieldKind.YES_NO),
    ),
)

FIELD_SETS = (ABSENCE, RESTRAINT, SELF_HARM)
