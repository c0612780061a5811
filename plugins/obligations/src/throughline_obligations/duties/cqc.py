"""Notifications to the Care Quality Commission: regulations 16, 17 and 18."""

from datetime import date

from throughline.sdk import Answer, Ask, Authority, Duty, DutyStep, Exemption

REVIEW_DUE = date(2027, 5, 31)
REGULATIONS = "Care Quality Commission (Registration) Regulations 2009 (SI 2009/3112), regulation"
WITHOUT_DELAY = "Without delay"
LOCAL_DAY = "a local target; the law says without delay"
WHY = (
    "CQC looks at whether people are safe across services. A notice is how it learns what happened,"
    " and a late"
    " one is an offence."
)
YES_NO = (Answer("yes", "Yes", applies=True), Answer("no", "No", applies=False))
TOLD_NHS_ENGLAND = Exemption(
    "told_nhs_england",
    "An NHS body, local authority or primary medical provider that has already told NHS England",
    "Write down the day NHS England was told, and the reference it gave.",
)


def _tell(key: str, title: str, means: str, after: tuple[str, ...] = ()) -> DutyStep:
    return DutyStep(
        key,
        title,
        means,
        statutory=WITHOUT_DELAY,
        within_working_days=None if after else 1,
        target_source="" if after else LOCAL_DAY,
        after=after,
        asks_reference="CQC reference",
    )


def _authority(
    number: str, statement: str, *, sourced: bool = True, quote: str = "", kinds: tuple[str, ...] = ()
) -> Authority:
    return Authority(
        statement=statement,
        reference=f"{REGULATIONS} {number}",
        confidence="sourced" if sourced else "unverified",
        review_due=REVIEW_DUE,
        quote=quote,
        provider_kinds=kinds,
    )


HOSPITALS = ("nhs_body", "independent_hospital")

DEATH = Duty(
    key="obligations.cqc_death",
    version=1,
    title="Tell CQC of a death (regulation 16)",
    why=WHY,
    authority=_authority(
        "16",
        "CQC is told of the death of a service user while services were being provided in carrying on a"
        " regulated activity, or which has or may have resulted from it.",
    ),
    asks=(
        Ask(
            "in_service",
            "Did the person die while the service was provided, or may the death have resulted from it?",
            "While services were being provided in carrying on a regulated activity; or a death that has, or"
            " may have, resulted from it. In supported living: only if the person received personal care.",
            YES_NO,
        ),
    ),
    steps=(
        _tell(
            "notify",
            "CQC told, on its form",
            "A code and not a name; day and place found, cause if known, expected or not, whether the person"
            " was restrained then or within 7 days before, concerns about medicines or devices.",
        ),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

DEATH_DETAINED = Duty(
    key="obligations.cqc_death_detained",
    version=1,
    title="Tell CQC of the death of a detained person (regulation 17)",
    why=WHY,
    authority=_authority(
        "17",
        "CQC is told of the death, in any location, of a person detained or liable to be detained under the"
        " Mental Health Act 1983, with the circumstances. Leave under section 17 and sections 5, 135 and 136"
        " count.",
        kinds=HOSPITALS,
    ),
    steps=(
        _tell(
            "notify",
            "CQC told, on its form",
            "The notice describes the circumstances of the death. It stands in place of one under regulation"
            " 16.",
        ),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

ABSENCE = Duty(
    key="obligations.cqc_absence",
    version=1,
    title="Tell CQC of an absence from a secure service (regulation 17)",
    why=WHY,
    authority=_authority(
        "17",
        "A service of low, medium or high security tells CQC of the unauthorised absence of a detained person"
        " that continues past midnight, and of the return.",
        kinds=HOSPITALS,
    ),
    asks=(
        Ask(
            "detained",
            "Was the person detained, or liable to be detained?",
            "Detained or liable to be detained under the Mental Health Act 1983 or an equivalent order.",
            YES_NO,
        ),
        Ask(
            "midnight",
            "Did the absence continue past midnight?",
            "An absence without leave that continues past midnight on the day it began.",
            YES_NO,
        ),
    ),
    steps=(
        _tell("notify", "CQC told of the absence", "On CQC's form for an unauthorised absence."),
        _tell("return", "CQC told of the return", "When the person is back, without delay.", ("notify",)),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

INJURY = Duty(
    key="obligations.cqc_injury",
    version=1,
    title="Tell CQC of a serious injury (regulation 18)",
    why=WHY,
    authority=_authority(
        "18(2)(a) and (b)",
        "CQC is told of an injury that led to lasting impairment, a change to the body, prolonged pain or"
        " psychological harm or a shorter life, or that needed treatment to prevent death or one of these.",
    ),
    asks=(
        Ask(
            "serious",
            "Did the injury lead to one of these, or need treatment to prevent death or one of them?",
            "Lasting impairment; a change to the structure of the body; prolonged pain or prolonged"
            " psychological harm; a shorter life.",
            YES_NO,
        ),
    ),
    steps=(
        _tell("notify", "CQC told, on its form", "A code and not a name; what happened, and the injury."),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

ABUSE = Duty(
    key="obligations.cqc_abuse",
    version=1,
    title="Tell CQC of abuse or an allegation (regulation 18)",
    why=WHY,
    authority=_authority(
        "18(2)(e)",
        "CQC is told of any abuse, or allegation of abuse, in relation to a service user.",
        quote="any abuse or allegation of abuse",
    ),
    asks=(
        Ask(
            "abuse",
            "Is there abuse of somebody in our care, or an allegation of it?",
            "Any abuse or allegation of abuse. It need not be proven.",
            YES_NO,
        ),
    ),
    steps=(
        _tell("notify", "CQC told, on its form", "What was alleged, and what was done to keep people safe."),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

POLICE = Duty(
    key="obligations.cqc_police",
    version=1,
    title="Tell CQC of an incident with the police (regulation 18)",
    why=WHY,
    authority=_authority(
        "18(2)(f)", "CQC is told of any incident which is reported to, or investigated by, the police."
    ),
    steps=(
        _tell("notify", "CQC told, on its form", "What was reported to the police, and their reference."),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

LIBERTY = Duty(
    key="obligations.cqc_liberty",
    version=1,
    title="Tell CQC of an application to deprive of liberty (regulation 18)",
    why=WHY,
    authority=_authority(
        "18(2)(c) and (d)",
        "CQC is told of a request for a standard authorisation or an application to a court about a"
        " deprivation"
        " of liberty, and of its outcome.",
    ),
    steps=(
        _tell("notify", "CQC told of the application", "On CQC's form, with the day it was made."),
        _tell("outcome", "CQC told of the outcome", "When it is known, or withdrawn.", ("notify",)),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

EVENTS = Duty(
    key="obligations.cqc_events",
    version=1,
    title="Tell CQC of an event that stops the service (regulation 18)",
    why=WHY,
    authority=_authority(
        "18(2)(g)",
        "CQC is told of events that stop, or threaten to stop, the service running safely: such as too few"
        " staff, utilities for more than 24 hours, damage to premises, failure of a fire alarm.",
    ),
    asks=(
        Ask(
            "stops",
            "Does it prevent, or may it prevent, running the service safely and properly?",
            "Too few staff; interruption of utilities for more than 24 hours; damage to premises;"
            " failure of a"
            " fire alarm or other safety device.",
            YES_NO,
        ),
    ),
    steps=(
        _tell("notify", "CQC told, on its form", "What failed, since when, and how people are kept safe."),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

UNDER_18 = Duty(
    key="obligations.cqc_under_18",
    version=1,
    title="Tell CQC of somebody under 18 on an adult ward (regulation 18)",
    why=WHY,
    authority=_authority(
        "18(2), as amended by SI 2012/921",
        "CQC is told when somebody under 18 is placed in a psychiatric unit for adults for a"
        " continuous period"
        " of longer than 48 hours.",
        sourced=False,
        kinds=HOSPITALS,
    ),
    steps=(
        _tell("notify", "CQC told, on its form", "Since when, why, and how the young person is kept safe."),
    ),
    exemptions=(TOLD_NHS_ENGLAND,),
)

DUTIES = (DEATH, DEATH_DETAINED, ABSENCE, INJURY, ABUSE, POLICE, LIBERTY, EVENTS, UNDER_18)
