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
