"""What decides whether a duty may apply and no other question tells: few questions, none required."""

from throughline.sdk import Choice, Field, FieldKind, FieldSet

INJURIES = (
    Choice("impairment", "Loss of movement, senses or thinking for 28 days or more"),
    Choice("body_change", "A change to the structure of the body"),
    Choice("prolonged_pain", "Pain or psychological harm for 28 days or more"),
    Choice("shortened_life", "A shorter life"),
    Choice("treatment", "Treatment by a healthcare professional to prevent death or one of these"),
)
"""The outcomes that regulation 20(9) of the 2014 Regulations and regulation 18(2)(a) and (b) of the 2009
Regulations name, as far as the sources at hand quote them."""

_ANYBODY_HURT = (
    *("self_harm", "violence", "restrictive_practice", "absence", "medication", "fall"),
    *("physical_health", "safeguarding", "sexual_safety", "other"),
)

INJURY = FieldSet(
    key="obligations.injury",
    title="If somebody in our care was hurt",
    applies_to=_ANYBODY_HURT,
    fields=(
        Field(
            "lasting",
            "Did it lead to any of these, or is it likely to?",
            FieldKind.CHOICES,
            hint="Leave empty if not, or if nobody knows yet.",
            choices=INJURIES,
        ),
    ),
)

EVENTS = FieldSet(
    key="obligations.events",
    title="Who else has to know",
    applies_to=(*_ANYBODY_HURT, "security", "substance"),
    fields=(
        Field("police", "Was it reported to the police, or are they looking into it?", FieldKind.YES_NO),
        Field("abuse", "Is abuse or neglect suspected, or has somebody alleged it?", FieldKind.YES_NO),
    ),
)

FORCE = FieldSet(
    key="obligations.force",
    title="If force was used",
    applies_to=("violence", "self_harm", "absence"),
    fields=(
        Field(
            "used",
            "Was force used: a hold, an injection, mechanical restraint, seclusion or segregation?",
            FieldKind.YES_NO,
        ),
    ),
)

WORK = FieldSet(
    key="obligations.work",
    title="If somebody was hurt by work, or at work",
    applies_to=("violence", "restrictive_practice", "fall", "fire", "environment", "infection", "other"),
    fields=(
        Field(
            "who",
            "Who was hurt?",
            FieldKind.CHOICE,
            choices=(
                Choice("staff", "Somebody who works here"),
                Choice("person", "Somebody in our care"),
                Choice("visitor", "A visitor"),
            ),
        ),
        Field(
            "days_off",
            "For how many days in a row could a worker not do their normal work?",
            FieldKind.NUMBER,
            hint="Weekends count. The day it happened does not.",
        ),
        Field("specified_injury", "Was it one of RIDDOR's specified injuries?", FieldKind.YES_NO),
        Field("hospital", "Was somebody taken straight to hospital for treatment?", FieldKind.YES_NO),
    ),
)

OCCURRENCE = FieldSet(
    key="obligations.occurrence",
    title="If it was dangerous",
    applies_to=("fire", "environment", "other"),
    fields=(
        Field(
            "dangerous",
            "May it be a dangerous occurrence under RIDDOR, whether or not anybody was hurt?",
            FieldKind.YES_NO,
        ),
    ),
)

DISEASE = FieldSet(
    key="obligations.disease",
    title="If a worker became ill, or was exposed",
    applies_to=("infection",),
    fields=(
        Field(
            "exposed",
            "Was a worker diagnosed with a disease from work, or exposed, for example by a needlestick?",
            FieldKind.YES_NO,
        ),
    ),
)

SERVICE = FieldSet(
    key="obligations.service",
    title="If the service could not run safely",
    applies_to=("staffing", "environment", "fire", "security", "infection", "information"),
    fields=(
        Field(
            "what",
            "What stopped or threatened it?",
            FieldKind.CHOICE,
            choices=(
                Choice("staffing", "Too few staff"),
                Choice("utilities", "Electricity, gas, water or sewerage"),
                Choice("premises", "Damage to the building"),
                Choice("fire_alarm", "A fire alarm or other safety device failed"),
                Choice("other", "Something else"),
            ),
        ),
        Field("hours", "For how many hours?", FieldKind.NUMBER),
    ),
)

LIBERTY = FieldSet(
    key="obligations.liberty",
    title="Deprivation of liberty",
    applies_to=("legal", "restrictive_practice"),
    fields=(
        Field(
            "event",
            "What happened about a deprivation of liberty?",
            FieldKind.CHOICE,
            choices=(
                Choice("standard", "A standard authorisation was asked for"),
                Choice("court", "An application was made to the court"),
            ),
        ),
    ),
)

PLACEMENT = FieldSet(
    key="obligations.placement",
    title="Somebody under 18 on an adult ward",
    applies_to=("access",),
    fields=(
        Field(
            "hours",
            "If somebody under 18 is on an adult psychiatric unit, for how many hours in a row?",
            FieldKind.NUMBER,
        ),
    ),
)

FIELD_SETS = (DISEASE, EVENTS, FORCE, INJURY, LIBERTY, OCCURRENCE, PLACEMENT, SERVICE, WORK)
