"""Words that read as if a factor were about a person. Advice for whoever writes it, never a block.

After NHS England's "A just culture guide" (2018): look for what made it hard, not for who.
"""

import re

_ABOUT_A_PERSON = re.compile(
    r"\b(failed to|fails to|neglected to|should have|ought to have|did not bother|forgot|careless\w*"
    r"|negligen\w*|incompeten\w*|lazy|poor attitude|non-?complian\w*|refused to)\b",
    re.IGNORECASE,
)


def about_a_person(text: str) -> str | None:
    """Return the first words in a text that sound as if they were about a person, or None."""
    found = _ABOUT_A_PERSON.search(text)
    return found[0].lower() if found else None
