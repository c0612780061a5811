"""Rules as people write them: YAML in a pack or in the workbench, with the place of every mistake."""

from throughline.rules.written.mistakes import Mistake
from throughline.rules.written.printing import rule_text
from throughline.rules.written.reading import Written, WrittenRule, read_rules

__all__ = ["Mistake", "Written", "WrittenRule", "read_rules", "rule_text"]
