"""The categories of incidents and the closer kinds within each, in the order a form shows them.

The families follow the former national reporting categories, with the kinds that matter in mental health
and social care. A key is stored, so it is permanent; a label or a hint may be improved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Subcategory:
    """A closer kind within a category; the key is unique inside its category."""

    key: str
    label: str


@dataclass(frozen=True)
class Category:
    """A kind of incident, with a hint for whoever has to choose one at three in the morning."""

    key: str
    label: str
    hint: str
    subcategories: tuple[Subcategory, ...]

    def subcategory(self, key: str) -> Subcategory | None:
        """Return a closer kind by its key."""
        return next((one for one in self.subcategories if one.key == key), None)


def _category(key: str, label: str, hint: str, **subcategories: str) -> Category:
    return Category(key, label, hint, tuple(Subcategory(*item) for item in subcategories.items()))


def _by_key(*categories: Category) -> Mapping[str, Category]:
    return MappingProxyType({category.key: category for category in categories})


CATEGORIES: Mapping[str, Category] = _by_key(
    _category(
        "self_harm",
        "Self-harm",
        "Somebody hurt themselves, or tried to, whatever the intention.",
        ligature_anchored="Ligature fixed to a point",
        ligature_unanchored="Ligature not fixed to a point",
        cutting="Cutting",
        ingestion="Self-poisoning or ingestion",
        swallowing="Swallowing an object",
        head_banging="Head banging",
        burning="Burning",
        asphyxiation="Self-strangulation or asphyxiation",
        other="Another way",
    ),
    _category(
        "violence",
        "Violence and aggression",
        "Somebody was assaulted, threatened or abused.",
        assault_on_staff="Physical assault on staff",
        assault_on_patient="Physical assault on a patient or resident",
        assault_on_visitor="Physical assault on a visitor",
        verbal="Verbal abuse or threat",
        racial="Racist abuse",
        harassment="Other discrimination or harassment",
        weapon="Weapon used or shown",
        hostage="Somebody held against their will",
        property="Damage to property",
        other="Another kind",
    ),
    _category(
        "restrictive_practice",
        "Restrictive practice",
        "Restraint, seclusion, segregation, rapid tranquillisation or a blanket restriction was used.",
        physical_restraint="Physical restraint",
        mechanical_restraint="Mechanical restraint",
        rapid_tranquillisation="Rapid tranquillisation by injection",
        chemical_oral="Medicine by mouth to restrict",
        seclusion="Seclusion",
        segregation="Long-term segregation",
        blanket="Blanket restriction",
        covert_medication="Covert medication",
        other="Another kind",
    ),
    _category(
        "absence",
        "Absence without leave or missing",
        "Somebody left, did not come back, or could not be found.",
        awol="Detained person absent without leave",
        failed_return="Did not return from leave",
        missing="Informal patient or resident missing",
        attempted="Attempt to leave",
        other="Another kind",
    ),
    _category(
        "medication",
        "Medication",
        "Prescribing, dispensing, giving or monitoring a medicine did not go as it should.",
        prescribing="Prescribing",
        dispensing="Dispensing or supply",
        wrong_drug="Wrong medicine given",
        wrong_dose="Wrong dose given",
        wrong_route="Wrong route",
        wrong_time="Wrong time",
        wrong_person="Given to the wrong person",
        omission="Dose omitted",
        monitoring="Monitoring, such as lithium or clozapine",
        controlled_drug="Controlled drugs",
        consent_form="Not covered by form T2 or T3",
        storage="Storage",
        other="Another kind",
    ),
    _category(
        "fall",
        "Slips, trips and falls",
        "Somebody fell, slipped or tripped, or was found on the floor.",
        witnessed="Witnessed fall",
        unwitnessed="Unwitnessed fall",
        from_height="Fall from height",
        from_window="Fall from a window",
        from_bed="Fall from a bed or chair",
        other="Another kind",
    ),
    _category(
        "physical_health",
        "Physical health",
        "Somebody's physical health got worse, or care for it did not go as it should.",
        deterioration="Deterioration or raised NEWS2 score",
        choking="Choking",
        seizure="Seizure",
        blood_clot="Blood clot (VTE)",
        diabetes="Diabetes",
        eating_disorder="Eating disorder or refeeding",
        pressure_ulcer="Pressure ulcer",
        medical_emergency="Medical emergency",
        assessment="Assessment, treatment or procedure",
        equipment="Medical device or equipment",
        other="Another kind",
    ),
    _category(
        "safeguarding",
        "Safeguarding",
        "Abuse or neglect is known or suspected, wherever it happened.",
        physical="Physical abuse",
        domestic="Domestic abuse",
        sexual="Sexual abuse",
        psychological="Psychological abuse",
        financial="Financial or material abuse",
        modern_slavery="Modern slavery",
        discriminatory="Discriminatory abuse",
        organisational="Organisational abuse",
        neglect="Neglect or acts of omission",
        self_neglect="Self-neglect",
        child="Concern for a child",
        other="Another kind",
    ),
    _category(
        "sexual_safety",
        "Sexual safety",
        "Anything of a sexual nature that was unwanted or made somebody feel unsafe.",
        assault="Sexual assault",
        harassment="Sexual harassment",
        exposure="Exposure",
        disclosure="Disclosure of something in the past",
        consensual="Consensual, against the ward's agreement",
        other="Another kind",
    ),
    _category(
        "death",
        "Death",
        "Somebody has died, expected or not.",
        suspected_suicide_inpatient="Suspected suicide, inpatient",
        suspected_suicide_leave="Suspected suicide, on leave",
        suspected_suicide_discharge="Suspected suicide, within 30 days of discharge",
        suspected_suicide_community="Suspected suicide, community",
        unexpected="Unexpected death",
        expected="Expected death",
        other="Another kind",
    ),
    _category(
        "infection",
        "Infection control",
        "An infection, an outbreak, or a lapse in preventing one.",
        outbreak="Outbreak",
        healthcare_associated="Infection from care",
        needlestick="Needlestick or splash",
        hygiene="Cleaning or waste",
        other="Another kind",
    ),
    _category(
        "fire",
        "Fire",
        "Fire, fire-setting, smoke or a fire alarm.",
        deliberate="Fire set on purpose",
        accidental="Accidental fire",
        smoking="Smoking materials",
        false_alarm="False alarm",
        other="Another kind",
    ),
    _category(
        "security",
        "Security",
        "Contraband, an alarm, keys, doors, or somebody who should not have been there.",
        contraband="Contraband or banned item",
        alarm="Alarm did not work",
        keys="Keys or passes lost",
        intruder="Intruder or unsecured door",
        theft="Theft or loss",
        lone_working="Lone working or vehicle",
        other="Another kind",
    ),
    _category(
        "staffing",
        "Staffing",
        "There were not enough people, or not with the skills that were needed.",
        below_establishment="Fewer staff than planned",
        skill_mix="Skills that were missing",
        no_doctor="Medical cover not available",
        breaks="Breaks or relief not possible",
        staff_injury="Staff injury or illness",
        other="Another kind",
    ),
    _category(
        "information",
        "Information and confidentiality",
        "Records or messages were lost, wrong, missing, or seen by somebody who should not have.",
        breach="Confidentiality breach",
        records="Record missing or wrong",
        handover="Information not passed on",
        systems="System not available",
        other="Another kind",
    ),
    _category(
        "environment",
        "Buildings and environment",
        "The building, the garden, the furniture or the equipment made something unsafe.",
        ligature_point="Ligature point found",
        window="Window or restrictor",
        door="Door, lock or observation panel",
        utilities="Heating, water or power",
        equipment="Furniture or equipment",
        temperature="Too hot or too cold",
        other="Another kind",
    ),
    _category(
        "access",
        "Admission, transfer and discharge",
        "Getting to the right place at the right time did not go as it should.",
        no_bed="No bed available",
        out_of_area="Out-of-area placement",
        under_18="Under 18 on an adult ward",
        delayed_discharge="Delayed discharge",
        unsafe_discharge="Discharge without what was needed",
        transfer="Transfer",
        appointment="Appointment or referral",
        other="Another kind",
    ),
    _category(
        "legal",
        "Mental Health Act, consent and capacity",
        "Detention, rights, consent, capacity or deprivation of liberty.",
        unlawful_detention="Detention without authority",
        rights="Rights not explained (section 132)",
        paperwork="Papers missing or wrong",
        consent="Consent to treatment",
        capacity="Capacity or deprivation of liberty",
        leave="Section 17 leave",
        other="Another kind",
    ),
    _category(
        "substance",
        "Substance use",
        "Alcohol or drugs were used, found or suspected.",
        alcohol="Alcohol",
        drugs="Illicit drugs",
        psychoactive="New psychoactive substances",
        overdose="Overdose without intent to self-harm",
        other="Another kind",
    ),
    _category(
        "other",
        "Something else",
        "Nothing above fits. Say in your own words what happened: it will be read.",
        complaint="Complaint or concern",
        other="Another kind",
    ),
)
"""The categories in the order a form shows them, by key."""
