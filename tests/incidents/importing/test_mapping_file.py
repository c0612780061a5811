"""The mapping file: what it can say, and how its mistakes are named."""

import pytest

from throughline.incidents.importing import (
    FIELDS,
    REQUIRED,
    MappingMistakes,
    default_text,
    load_mapping,
    read_mapping,
)
from throughline.incidents.importing.words import did_you_mean, echo, listed, plain


def mistakes(text):
    with pytest.raises(MappingMistakes) as caught:
        read_mapping(text, "ours.toml")
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_default_mapping_has_a_column_for_every_field():
    mapping = load_mapping()
    assert set(mapping.columns) == set(FIELDS) >= set(REQUIRED)
    assert all(mapping.columns.values())
    assert mapping.personal >= {"name", "nhs number", "handler"}
    assert mapping.leave_out == {"rejected"}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Ref", "reference_in_source"),
        ("ID", "external_id"),
        ("inc_dincident", "occurred_date"),
        ("Exact location", "location"),
        ("RP01 Unique Incident ID", "external_id"),
        ("PD09 Degree of harm (severity)", "physical_harm"),
        ("T005 - Event date", "occurred_date"),
        ("OT002 - Psychological harm", "psychological_harm"),
        ("F001 - Describe what happened", "what_happened"),
        ("Date Incident Reported", "reported_date"),
        ("Immediate action taken", "immediate_action"),
    ],
)
def test_the_default_mapping_knows_the_names_that_systems_use(header, field):
    assert plain(header) in {plain(name) for name in load_mapping().columns[field]}


def test_a_mapping_of_ones_own_comes_before_the_default():
    mapping = read_mapping(
        """
        source = "ulysses"
        [columns]
        unit = "Where"
        external_id = ["No.", "ID"]
        [values.category]
        violence = ["Incident type 4"]
        other = ["Assault"]
        [values.subcategory.fall]
        witnessed = ["Seen"]
        [values.physical_harm]
        moderate = ["3"]
        [units]
        oak = ["Ward 7", "W7"]
        [dates]
        order = "month-first"
        """,
        "ours.toml",
    )
    assert mapping.source == "ulysses"
    assert mapping.columns["unit"][:2] == ("Where", "Location")
    assert mapping.columns["external_id"][:3] == ("No.", "ID", "ID")
    assert mapping.values["category"]["incident type 4"] == "violence"
    assert mapping.values["category"]["assault"] == "other"
    assert mapping.values["category"]["absconsion awol"] == "absence"
    assert mapping.values["physical_harm"]["3"] == "moderate"
    assert mapping.subcategories["fall"]["seen"] == "witnessed"
    assert mapping.units == {"ward 7": "oak", "w7": "oak"}
    assert not mapping.day_first


def test_a_mapping_may_do_without_the_defaults():
    mapping = read_mapping('defaults = false\n[columns]\nunit = "Where"\n', "ours.toml")
    assert mapping.columns["unit"] == ("Where",)
    assert mapping.columns["category"] == ()
    assert mapping.values["category"]["self harm"] == "self_harm"  # our own words are always understood


def test_a_mapping_brings_in_a_file_of_a_system_nobody_has_seen(read):
    content = "No.;Where;When;At;Told;What;How;Bad?\n7;W7;15.04.2026;21.52;16.04.2026;Cat4;He fell;3\n"
    mapping = """
        [columns]
        external_id = "No."
        unit = "Where"
        occurred_date = "When"
        occurred_time = "At"
        reported_date = "Told"
        category = "What"
        what_happened = "How"
        physical_harm = "Bad?"
        [values.category]
        fall = "Cat4"
        [values.physical_harm]
        moderate = "3"
        [units]
        oak = "W7"
    """
    plan = read(content, mapping=mapping)
    assert plan.refusals == ()
    assert (plan.rows[0].unit_key, plan.rows[0].category, plan.rows[0].physical_harm) == (
        "oak",
        "fall",
        "moderate",
    )


def test_a_unit_that_the_mapping_invents_is_named(read_row):
    plan = read_row({"Location": "W7"}, mapping='[units]\nash = "W7"\n')
    assert "“W7”: there is no such unit (the mapping sends it to “ash”)" in str(plan.refusals[0])


def test_what_an_empty_cell_means_can_be_said(read_row):
    assert (
        read_row({"Severity": ""}, mapping='[blank]\nphysical_harm = "none"\n').rows[0].physical_harm
        == "none"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = \n", "ours.toml:1: This is not valid TOML: Invalid value."),
        ('source = "a"\nsource = "b"\n', "ours.toml:2: This is not valid TOML: Cannot overwrite a value."),
        (
            "\n\nsorce = 'x'\n",
            "ours.toml:3: sorce: This is not known here. Did you mean “source”? There are: source,",
        ),
        ("source = 5\n", "ours.toml:1: source: Write a text."),
        (
            "encoding = 'klingon'\n",
            "ours.toml:1: encoding: There is no text encoding 'klingon'; write one such as",
        ),
        ("encoding = 'base64'\n", "ours.toml:1: encoding: There is no text encoding 'base64'"),
        ("delimiter = '::'\n", "ours.toml:1: delimiter: Write ',' or ';' or '\\t' or '|'."),
        ("defaults = 'no'\n", "ours.toml:1: defaults: Write true or false."),
        ("columns = 5\n", "ours.toml:1: columns: Write this as a table: [columns]."),
        ("[columns]\n\nwards = ['x']\n", "ours.toml:3: columns.wards: This is not known here."),
        (
            "[columns]\nunit = [1]\n",
            'ours.toml:2: columns.unit: Write a list of words, such as ["Self harm", "DSH"].',
        ),
        ("[columns]\nunit = ['']\n", "ours.toml:2: columns.unit: Write a list of words"),
        (
            "[columns]\nunit = 'Name'\n",
            "columns.unit: The column 'Name' holds personal data (see [personal])",
        ),
        ("[dates]\norder = 'day'\n", "ours.toml:2: dates.order: Write 'day-first' or 'month-first'."),
        ("[dates]\nexcel_serials = 1\n", "ours.toml:2: dates.excel_serials: Write true or false."),
        (
            "[dates]\nformat = 'x'\n",
            "ours.toml:2: dates.format: This is not known here. There are: order, excel_",
        ),
        (
            "[values.category]\nfalls = ['x']\n",
            "values.category.falls: This is not known here. Did you mean “fall”?",
        ),
        ("[values.harm]\nlow = ['x']\n", "ours.toml:1: values.harm: This is not known here."),
        (
            "[values.category]\nfall = ['Trip']\nother = ['TRIP ']\n",
            "ours.toml:3: values.category.other: 'TRIP ' already means 'fall' in this table.",
        ),
        (
            "[values.subcategory.fall]\nflying = ['x']\n",
            "ours.toml:2: values.subcategory.fall.flying: This is not known here.",
        ),
        (
            "[blank]\nphysical_harm = 'bad'\n",
            "blank.physical_harm: Write 'none' or 'low' or 'moderate' or 'severe' or",
        ),
        ("[units]\noak = 7\n", "ours.toml:2: units.oak: Write a list of words"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_key(text, said):
    found = mistakes(text)
    assert len(found) == 1
    assert said in found[0]


def test_all_mistakes_of_a_file_are_named_at_once_in_its_order():
    found = mistakes("sorce = 1\n[dates]\norder = 'x'\n[values.category]\nfalls = ['x']\n")
    assert [line.split(":")[1] for line in found] == ["1", "3", "5"]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    missing, binary = tmp_path / "missing.toml", tmp_path / "binary.toml"
    binary.write_bytes(b"source = 'x'\n# \xff\n")
    with pytest.raises(MappingMistakes, match=r"missing.toml:1: The file cannot be read: No such file"):
        load_mapping(missing)
    with pytest.raises(MappingMistakes, match=r"binary.toml:2: The file is not UTF-8 text"):
        load_mapping(binary)


def test_a_mapping_file_is_read_from_its_place(tmp_path):
    place = tmp_path / "ours.toml"
    place.write_text('\ufeffsource = "radar"\n', encoding="utf-8")
    assert load_mapping(place).source == "radar"


def test_the_default_mapping_can_be_copied_and_changed():
    assert read_mapping(default_text(), "copy.toml").source == load_mapping().source


def test_words_are_compared_by_what_they_share():
    assert (
        plain(" Violence & Aggression") == plain("VIOLENCE AND\u00a0AGGRESSION") == "violence and aggression"
    )
    assert plain("T005 - Event date") == "t005 event date"
    assert plain("\u200bSelf-Harm\u200e") == "self harm"
    assert echo("a\nb") == "a b"
    assert echo("x" * 81) == "x" * 79 + "…"
    assert listed("abc", most=2) == "a, b and 1 more"
    assert did_you_mean("Modrate", ["Moderate", "Low"]) == " Did you mean “Moderate”?"
    assert did_you_mean("zzz", ["Moderate", "Low"]) == ""
