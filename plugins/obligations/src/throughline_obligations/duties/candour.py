"""Duty of candour: regulation 20, with its two thresholds."""

from datetime import date

from throughline.sdk import Answer, Ask, Authority, Duty, DutyStep

REVIEW_DUE = date(2027, 5, 31)
REFERENCE = (
    "Health and Social Care Act 2008 (Regulated Activities) Regulations 2014 (SI 2014/2936), regulation 20"
)
WHY = (
    "People who were harmed, and those close to them, need to hear from us what happened, that we are sorry,"
    " and what we will find out."
)

TOLD_LETTER = """$provider
$today

Our reference: $reference

Dear [name]

I am writing after we spoke on [day] about what happened on $happened_on at $unit.

I am sorry that this happened, and for what it has meant for you.

What we know so far: [a true account of all the facts we know]

What we are doing to find out more: [the enquiries that are appropriate, and when we expect to know]

You can ask for support, and ask us anything: [how, and who their named person is]

Yours sincerely

$writer
"""
RESULTS_LETTER = """$provider
$today

Our reference: $reference

Dear [name]

We promised to tell you what we found out about what happened on $happened_on at $unit.

What we found: [the results of the further enquiries]

What we are changing: [what will be different]

I am sorry for what happened. If anything here is unclear or does not fit what you know, please tell us: [how]

Yours sincerely

$writer
"""

UNINTENDED = Ask(
    "unintended",
    "Was it unintended or unexpected, and did it happen while a regulated activity was provided?",
    "An unintended or unexpected incident that occurred in respect of a service user during the"
    " provision of a"
    " regulated activity.",
    (Answer("yes", "Yes", applies=True), Answer("no", "No", applies=False)),
)


def _steps(days: int | None, source: str) -> tuple[DutyStep, ...]:
    return (
        DutyStep(
            "told_in_person",
            "Told in person",
            "A representative tells the person, or whoever lawfully acts for them, all the facts known, and"
            " what further enquiries are appropriate; support is offered; a written record is kept securely.",
            statutory="As soon as reasonably practicable after becoming aware",
            asks_who_was_told=True,
        ),
        DutyStep(
            "apology",
            "Apology made",
            "An apology is an expression of sorrow or regret. It is made in person and again in writing.",
        ),
        DutyStep(
            "written_notification",
            "Written notification given",
            "The account in writing, details of the enquiries, and an apology.",
            within_working_days=days,
            target_source=source,
            after=("told_in_person",),
            asks_who_was_told=True,
            letter=TOLD_LETTER,
        ),
        DutyStep(
            "results",
            "Results of the enquiries given in writing",
            "What the further enquiries found, in writing, with an apology. Copies of letters are kept.",
            after=("written_notification",),
            asks_who_was_told=True,
            letter=RESULTS_LETTER,
        ),
        DutyStep(
            "attempts",
            "Attempts recorded: could not be reached, or declined",
            "If the person cannot be reached or declines to speak with us, a written record of every attempt"
            " is kept. It stands in the place of the steps that could not be taken.",
            statutory="When it arises",
            instead_of=("told_in_person", "apology", "written_notification", "results"),
            optional=True,
        ),
    )


NHS = Duty(
    key="obligations.duty_of_candour_nhs",
    version=1,
    title="Duty of candour (health service body)",
    why=WHY,
    authority=Authority(
        statement="A health service body tells the relevant person when, in a healthcare professional's"
        " reasonable opinion, an incident could result in or appears to have resulted in death, severe harm,"
        " moderate harm or prolonged psychological harm. No number of days is set.",
        reference=f"{REFERENCE}(3) to (8)",
        confidence="unverified",
        review_due=REVIEW_DUE,
        quote="could result in or appears to have resulted in",
        provider_kinds=("nhs_body",),
    ),
    asks=(
        UNINTENDED,
        Ask(
            "opinion",
            "What is a healthcare professional's reasonable opinion?",
            "Death directly related to the incident; severe harm (permanent lessening of functions); moderate"
            " harm (significant but not permanent, with a moderate increase in treatment); prolonged"
            " psychological harm (28 days or more).",
            (
                Answer("resulted", "It appears to have resulted in one of these", applies=True),
                Answer("could", "It could result in one of these", applies=True),
                Answer("neither", "Neither", applies=False),
            ),
        ),
    ),
    steps=_steps(10, "NHS Standard Contract, SC35; not checked against its text"),
)

OTHER = Duty(
    key="obligations.duty_of_candour_other",
    version=1,
    title="Duty of candour (other registered person)",
    why=WHY,
    authority=Authority(
        statement="A registered person that is no health service body tells the relevant person when an"
        " incident appears to have resulted in death, impairment for 28 days or more, a change to the body,"
        " prolonged pain or psychological harm, a shorter life, or treatment to prevent one of these.",
        reference=f"{REFERENCE}(3) to (7) and (9)",
        confidence="unverified",
        review_due=REVIEW_DUE,
        quote="as soon as reasonably practicable",
        provider_kinds=("independent_hospital", "care_home", "supported_living", "home_care"),
    ),
    asks=(
        UNINTENDED,
        Ask(
            "opinion",
            "In a healthcare professional's reasonable opinion, does it appear to have resulted in"
            " one of these?",
            "Death directly related to the incident; impairment of sensory, motor or intellectual functions"
            " lasting or likely to last 28 days or more; changes to the structure of the body; prolonged pain"
            " or psychological harm; a shorter life; or treatment needed to prevent death or one of these.",
            (
                Answer("yes", "Yes", applies=True),
                Answer("no", "No", applies=False),
            ),
        ),
    ),
    steps=_steps(None, ""),
)

DUTIES = (NHS, OTHER)
