"""How a rule came to its answer on one incident: each part of its condition, with what it read and said."""

from collections.abc import Mapping
from typing import Any

from throughline.rules.engine import CompiledRule
from throughline.rules.facts import FactSchema
from throughline.rules.language import Language
from throughline.rules.stepping import Step, of_parts


def steps(found: CompiledRule, facts: Mapping[str, object], counts: Mapping[Any, Any]) -> tuple[Step, ...]:
    """Return the parts of a rule's condition in the order of its text, each with its own answer."""
    given = {**facts, **{asked.name: counts[asked] for asked in found.rule.let if asked in counts}}
    filled = FactSchema(found.facts).fill(given)
    language = Language(found.facts)
    return tuple(of_parts(found.parts, filled.values, language.activation(filled.values), 0))
