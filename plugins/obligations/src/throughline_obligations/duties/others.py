"""The use of force record, safeguarding, RIDDOR and LFPSE."""

from datetime import date

from throughline.sdk import Answer, Ask, Authority, Duty, DutyStep

REVIEW_DUE = date(2027, 5, 31)
YES_NO = (Answer("yes", "Yes", applies=True), Answer("no", "No", applies=False))
DAY = 24

USE_OF_FORCE = Duty(
    key="obligations.use_of_force",
    version=1,
    title="Record of a use of force",
    why="Force frightens and can hurt. The record lets the person, the ward and the public see when"
    " and why it"
    " was used, and whether it could have been avoided.",
    authority=Authority(
        statement="A mental health unit keeps a record of each use of force that is not negligible, with the"
        " particulars (a) to (p), for 3 years.",
        reference="Mental Health Units (Use of Force) Act 2018, section 6(5)",
        confidence="sourced",
        review_due=REVIEW_DUE,
        provider_kinds=("nhs_body", "independent_hospital"),
    ),
    asks=(
        Ask(
            "negligible",
            "Was force used, and was it more than negligible?",
            "Physical, mechanical or chemical restraint, or isolation. What is negligible is set by statutory"
            " guidance, which has not been checked here.",
            (
                Answer("yes", "Yes, more than negligible", applies=True),
                Answer("no", "No force, or negligible", applies=False),
            ),
        ),
    ),
    steps=(
        DutyStep(
            "record",
            "The record is complete",
            "(a) the reason; (b) place, date and duration; (c) type of force; (d) whether it was in the care"
            " plan; (e) the patient's name; (f) how force was used; (g) NHS number; (h) name and job title of"
            " each member of staff who used force; (i) why anybody else was involved; (j) mental disorder;"
            " (k) relevant characteristics; (l) learning disability or autism; (m) outcome; (n) death or"
            " serious injury; (o) efforts to avoid force; (p) whether those named in the care plan were told."
            " Keep it 3 years.",
            statutory="For each use of force",
            asks_reference="place of the record",
        ),
        DutyStep(
            "told",
            "Those named in the care plan told",
            "Where the care plan names somebody to be told of a use of force.",
            statutory="When the care plan asks for it",
            after=("record",),
            optional=True,
            asks_who_was_told=True,
        ),
    ),
)

SAFEGUARDING = Duty(
    key="obligations.safeguarding",
    version=1,
    title="Safeguarding concern (section 42)",
    why="An adult who cannot protect themselves needs others to act. The local authority decides on"
    " an enquiry;"
    " it can only do so if it is told.",
    authority=Authority(
        statement="A local authority makes enquiries when it has reasonable cause to suspect that an"
        " adult with"
        " needs for care and support is experiencing, or at risk of, abuse or neglect and cannot protect"
        " themselves because of those needs.",
        reference="Care Act 2014, section 42; stages as published by Camden",
        confidence="unverified",
        review_due=REVIEW_DUE,
        quote="is experiencing, or is at risk of, abuse or neglect",
    ),
    asks=(
        Ask(
            "needs", "Does the adult have needs for care and support?", "Whether or not they are met.", YES_NO
        ),
        Ask(
            "abuse",
            "Are they experiencing abuse or neglect, or at risk of it?",
            "Physical, domestic, sexual, psychological or financial abuse, modern slavery, discrimination,"
            " organisational abuse, neglect, self-neglect. Abuse includes financial abuse.",
            YES_NO,
        ),
        Ask(
            "protect",
            "Because of those needs, are they unable to protect themselves?",
            "Against the abuse or neglect, or the risk of it.",
            YES_NO,
        ),
    ),
    steps=(
        DutyStep(
            "views",
            "The person's views and wishes asked for",
            "What they want to happen, and whether they consent to the concern being raised; if not,"
            " why it is"
            " raised all the same (Making Safeguarding Personal).",
            asks_who_was_told=True,
        ),
        DutyStep(
            "concern",
            "Concern raised with the local authority",
            "The day of the concern and what is known. People are made safe first.",
            statutory="Without delay; the Act sets no number of hours",
            within_working_days=1,
            target_source="a local target; not checked",
            asks_reference="local authority's reference",
        ),
        DutyStep(
            "decision",
            "The local authority's decision recorded",
            "After gathering information under section 42(1): whether the concern meets the"
            " criteria, and why.",
            statutory="When the local authority has decided",
            after=("concern",),
        ),
        DutyStep(
            "enquiry",
            "Enquiry done and its outcome recorded",
            "If there is an enquiry under section 42(2): who leads it, what it found, what was learned.",
            statutory="If there is an enquiry",
            after=("decision",),
            optional=True,
        ),
    ),
)

ARISES_FROM_WORK = Ask(
    "work",
    "Did it arise out of, or in connection with, work?",
    "A work activity, equipment or the environment contributed, including how work was organised or"
    " supervised."
    " Violence to a worker counts, if it was not consensual. Self-harm by a person in our care is"
    " generally no"
    " accident.",
    YES_NO,
)
RIDDOR_WHY = (
    "HSE and local authorities learn from reports what hurts people at work, and look into the worst."
)
RIDDOR = "Reporting of Injuries, Diseases and Dangerous Occurrences Regulations 2013"

REPORTED_IN_TEN_DAYS = DutyStep(
    "report",
    "Reported to HSE",
    "By the quickest practicable means, then on HSE's form.",
    statutory="By the quickest practicable means, and the report within 10 days",
    within_hours=10 * DAY,
    target_source="RIDDOR 2013: 10 days",
    asks_reference="RIDDOR reference",
)

RIDDOR_INJURY = Duty(
    key="obligations.riddor_injury",
    version=1,
    title="RIDDOR report: death, specified injury or taken to hospital",
    why=RIDDOR_WHY,
    authority=Authority(
        statement="A death, a specified injury of a worker, or somebody else taken directly to hospital for"
        " treatment is reported within 10 days when it arises from work.",
        reference=f"{RIDDOR}; HSE information sheet HSIS1, revision 3",
        jurisdiction="Great Britain",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    asks=(ARISES_FROM_WORK,),
    steps=(REPORTED_IN_TEN_DAYS,),
)

RIDDOR_ABSENCE = Duty(
    key="obligations.riddor_absence",
    version=1,
    title="RIDDOR report: worker off for more than 7 days",
    why=RIDDOR_WHY,
    authority=Authority(
        statement="An injury after which a worker cannot do their normal work for more than 7 days in a row,"
        " not counting the day of the accident, is reported within 15 days.",
        reference=f"{RIDDOR}; hse.gov.uk, RIDDOR in health and social care",
        jurisdiction="Great Britain",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    asks=(ARISES_FROM_WORK,),
    steps=(
        DutyStep(
            "report",
            "Reported to HSE",
            "On HSE's form.",
            statutory="Within 15 days of the accident",
            within_hours=15 * DAY,
            target_source="RIDDOR 2013: 15 days, counted here from when this opened",
            asks_reference="RIDDOR reference",
        ),
    ),
)

LFPSE = Duty(
    key="obligations.lfpse",
    version=1,
    title="Record with LFPSE",
    why="What one place learns can keep people safe in another. The national record is where it is"
    " looked for.",
    authority=Authority(
        statement="Providers of NHS-funded care record patient safety events with the national"
        " service Learn from"
        " Patient Safety Events. To open this at moderate harm or more is a choice made here.",
        reference="NHS England, Learn from Patient Safety Events; NHS Standard Contract, SC33",
        confidence="unverified",
        review_due=REVIEW_DUE,
    ),
    steps=(
        DutyStep(
            "record",
            "Recorded with LFPSE",
            "Through the connection of your system or the online form, without names.",
            statutory="No time is set in the sources at hand",
            within_working_days=2,
            target_source="a local target; not checked",
            asks_reference="LFPSE reference",
        ),
    ),
)

DUTIES = (USE_OF_FORCE, SAFEGUARDING, RIDDOR_INJURY, RIDDOR_ABSENCE, LFPSE)
