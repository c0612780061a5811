"""Texts of rules that the tests of the workbench share."""

TEXT = """\
key: any_fall
title: Any fall
why: It matters.
authority: {statement: Our own., reference: Policy 1}
on: [incident.reported]
when: incident.category == "fall"
then:
  - notify: {to: unit_manager, words: A fall was reported.}
"""

COUNTING = (
    TEXT.replace(
        "when: incident",
        "let:\n  n: count of incidents with the same unit within 30 days\nwhen: n >= 2 && incident",
    )
    + "  - escalate: {to: unit_manager, acknowledge_within: 4 hours}\n"
)
NIGHTLY = """\
key: any_fall
title: Falls on a unit
why: It matters.
authority: {statement: Our own., reference: Policy 1}
on: [nightly.scan]
let:
  recent: count of incidents of category fall on the unit within 7 days
when: recent >= 3
then:
  - escalate: {to: on_call, acknowledge_within: 4 hours}
"""
