"""RIDDOR beyond injuries: dangerous occurrences, and diseases and exposures at work."""

from throughline.sdk import Answer, Ask, Authority, Duty, DutyStep
from throughline_obligations.duties.others import (
    ARISES_FROM_WORK,
    REPORTED_IN_TEN_DAYS,
    REVIEW_DUE,
    RIDDOR,
    RIDDOR_WHY,
    YES_NO,
)

RIDDOR_OCCURRENCE = Duty(
    key="obligations.riddor_occurrence",
    version=1,
    title="RIDDOR report: dangerous occurrence",
    why=RIDDOR_WHY,
    authority=Authority(
        statement="A dangerous occurrence is reported by the quickest practicable means, and the report made"
        " within 10 days. Nobody needs to have been hurt.",
        reference=f"{RIDDOR}; as summarised by Ashfords and Safewell",
        jurisdiction="Great Britain",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    asks=(
        Ask(
            "listed",
            "Is it one of the dangerous occurrences that the Regulations list?",
            "The list is in the Regulations, and was not at hand here: ask whoever advises you on health and"
            " safety.",
            YES_NO,
        ),
        ARISES_FROM_WORK,
    ),
    steps=(REPORTED_IN_TEN_DAYS,),
)

RIDDOR_DISEASE = Duty(
    key="obligations.riddor_disease",
    version=1,
    title="RIDDOR report: disease or exposure at work",
    why=RIDDOR_WHY,
    authority=Authority(
        statement="An occupational disease, or exposure to a biological agent such as a needlestick with a"
        " known blood-borne virus, is reported without delay on diagnosis.",
        reference=f"{RIDDOR}; the disease limb as summarised by Safewell",
        jurisdiction="Great Britain",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    asks=(
        Ask(
            "reportable",
            "Was a reportable disease diagnosed, or was somebody exposed to a biological agent known to be"
            " there?",
            "A needlestick counts when it is known that a blood-borne virus was present.",
            (
                Answer("yes", "Yes", applies=True),
                Answer("no", "No, or not known to be", applies=False),
            ),
        ),
        ARISES_FROM_WORK,
    ),
    steps=(
        DutyStep(
            "report",
            "Reported to HSE",
            "On HSE's form.",
            statutory="Without delay on diagnosis; no number of days is set in the sources at hand",
            asks_reference="RIDDOR reference",
        ),
    ),
)

DUTIES = (RIDDOR_OCCURRENCE, RIDDOR_DISEASE)
