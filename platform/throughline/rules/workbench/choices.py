"""What the form offers to choose from, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from throughline.accounts.permissions import ROLE_WORDS
from throughline.rules.facts import Fact, FactSchema
from throughline.rules.workbench.words import REVIEWS, TRIGGERS, target_word
from throughline.rules.written.form import Condition, Form
from throughline.rules.written.form.conditions import HOWS, NO, YES
from throughline.rules.written.phrases import COUNTED, HARM, SAME
from throughline.sdk import CATEGORIES, ESCALATION_ROLES, ON_CALL, PROVIDER_KINDS, FactKind, Trigger

Options = Sequence[tuple[str, Any]]

OUTCOMES = {
    "escalate": "Escalate to a role",
    "require_review": "Ask for a review",
    "require_share": "Ask that the learning is shared",
    "start_clock": "Start a clock",
    "open_obligation": "Open a duty of the law",
    "set_flag": "Mark the incident",
    "notify": "Notify a role",
}


_TRIGGER_WORDS = {Trigger.NIGHTLY_SCAN: "Every night, each unit as a whole"}


def fixed() -> Mapping[str, Options]:
    """Return the choices that are the same for every rule."""
    return {
        "triggers": [
            (one.value, _TRIGGER_WORDS.get(one, f"An incident {said}")) for one, said in TRIGGERS.items()
        ],
        "roles": [(role, ROLE_WORDS.get(role, role)) for role in ESCALATION_ROLES],
        "targets": [(to, target_word(to)) for to in (*ESCALATION_ROLES, ON_CALL)],
        "reviews": [(kind, said[:1].upper() + said[1:]) for kind, said in REVIEWS.items()],
        "providers": list(PROVIDER_KINDS.items()),
        "confidences": [("sourced", "Seen in the reference named"), ("unverified", "Not verified")],
        "counted": [(words, words) for words in COUNTED],
        "categories": [(key, key.replace("_", " ")) for key in CATEGORIES],
        "harms": [(word, word) for word in HARM],
        "same": [(word, word) for word in SAME],
        "outcomes": list(OUTCOMES.items()),
        "yes_no": [(YES, "Yes"), (NO, "No")],
    }


def facts(form: Form, schema: FactSchema) -> Options:
    """Return what a condition may look at, in groups: the look-backs of this rule first."""
    counts = [(one.name, one.name) for one in form.counts if one.name]
    groups: dict[str, list[tuple[str, str]]] = {"Look-backs of this rule": counts} if counts else {}
    for name, fact in schema.facts.items():
        group = name.partition(".")[0].replace("_", " ").capitalize()
        groups.setdefault(group, []).append((name, _said(fact)))
    return list(groups.items())


def _said(fact: Fact) -> str:
    words = fact.said.replace("{{", "{").replace("}}", "}").replace(" {}", " …")
    return f"{words[:70]} ({fact.name})"


def of_row(row: Condition, form: Form, schema: FactSchema) -> tuple[Options, Options, str]:
    """Return the comparisons of a row, the values to choose from, and how many: one, several or none."""
    fact = schema.facts.get(row.fact)
    kind = FactKind.INT if any(one.name == row.fact for one in form.counts) else fact.kind if fact else None
    if kind is None:
        every = {how: said for found in HOWS.values() for how, said in found.items()}
        return list(every.items()), [], ""
    hows = list(HOWS[kind].items())
    if kind is FactKind.BOOL:
        return hows, [(YES, "Yes"), (NO, "No")], "one"
    choices = [(key, label.strip("“”")) for key, label in fact.choices.items()] if fact else []
    if row.how == "contains" or not choices:
        return hows, [], ""
    return hows, choices, "several" if row.how == "one_of" else "one"
