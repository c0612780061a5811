"""Report, triage, grade, import; the people affected."""
