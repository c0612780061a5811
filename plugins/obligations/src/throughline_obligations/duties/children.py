"""Safeguarding of children: telling the local authority, and allegations against those who work with them."""

from throughline.sdk import Ask, Authority, Duty, DutyStep
from throughline_obligations.duties.others import REVIEW_DUE, YES_NO

CHILD = Duty(
    key="obligations.safeguarding_child",
    version=1,
    title="Safeguarding concern about a child (section 47)",
    why="A child depends on adults to act. The local authority decides on enquiries; it can only do so if it"
    " is told.",
    authority=Authority(
        statement="A local authority makes enquiries about a child under section 47; whoever has a concern"
        " tells it.",
        reference="Children Act 1989, section 47",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    asks=(
        Ask(
            "concern",
            "Is there a concern that a child is being harmed, abused or neglected, or may be?",
            "What was seen, heard or said. Whoever leads on safeguarding children decides with you; doubt is"
            " a reason to ask.",
            YES_NO,
        ),
    ),
    steps=(
        DutyStep(
            "concern",
            "Concern raised with the local authority",
            "The day of the concern and what is known. The child is made safe first.",
            within_working_days=1,
            target_source="a local target; not checked",
            asks_reference="local authority's reference",
        ),
        DutyStep(
            "decision",
            "The local authority's decision recorded",
            "Whether it makes enquiries, and what is asked of us.",
            statutory="When the local authority has decided",
            after=("concern",),
        ),
    ),
)

LADO = Duty(
    key="obligations.allegation_lado",
    version=1,
    title="Allegation against somebody who works with children (LADO)",
    why="Somebody outside looks at it, so that the child is heard and the person is dealt with fairly.",
    authority=Authority(
        statement="The local authority designated officer (LADO) is told of an allegation against somebody"
        " who works with children within 1 working day.",
        reference="The source was not at hand",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    asks=(
        Ask(
            "staff",
            "Is it an allegation against somebody who works with children, here or elsewhere?",
            "An allegation, and not whether it is true.",
            YES_NO,
        ),
    ),
    steps=(
        DutyStep(
            "told",
            "LADO told",
            "What was alleged, when and where, and what was done to make the child safe.",
            within_working_days=1,
            target_source="1 working day; not checked",
            asks_reference="LADO reference",
        ),
        DutyStep(
            "outcome",
            "Outcome recorded",
            "What was decided, and what follows from it here.",
            statutory="When it is decided",
            after=("told",),
        ),
    ),
)

DUTIES = (CHILD, LADO)
