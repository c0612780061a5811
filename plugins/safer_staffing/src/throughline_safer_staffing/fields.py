"""Six short questions about the shift, none required, none about who somebody is."""

from throughline.sdk import Field, FieldKind, FieldSet

SHIFT = FieldSet(
    key="safer_staffing.shift",
    title="Staffing on the shift",
    applies_to=("self_harm", "violence", "restrictive_practice", "absence", "fall", "medication", "staffing"),
    fields=(
        Field(
            "planned_registered",
            "How many registered staff were planned for this shift?",
            FieldKind.NUMBER,
            hint="As on the roster. Leave empty if you do not know: the report matters more.",
        ),
        Field("actual_registered", "How many registered staff were there?", FieldKind.NUMBER),
        Field("planned_support", "How many support staff were planned for this shift?", FieldKind.NUMBER),
        Field("actual_support", "How many support staff were there?", FieldKind.NUMBER),
        Field(
            "agency",
            "How many of those who were there came from an agency or the bank?",
            FieldKind.NUMBER,
            hint="People who may not know the ward yet and need more from their colleagues.",
        ),
        Field(
            "cover_missed",
            "Was an observation or the cover of a break missed for want of staff?",
            FieldKind.YES_NO,
            hint="It says something about the plan, not about whoever was on shift.",
        ),
    ),
)
