"""What was worked out about rules, kept by the process: a rule that did not change is not worked on again.

What is kept follows from the rule's own record, or its text, and the facts it may read, so versions of a set
of rules share it. It is kept for one provider: how fast a rule is checked says nothing about another's rules.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from throughline.rules.facts import FactSchema
from throughline.sdk import Rule

Found = TypeVar("Found")


class Kept(Generic[Found]):
    """The last ``most`` answers about rules, those asked for lately before the others. Threads share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[str, Found] = OrderedDict()

    def get(self, of: Rule | str, schema: FactSchema, find: Callable[[], Found]) -> Found:
        """Return what is known of a rule or a text of rules, or what ``find`` says.

        That is then kept for whom the schema names; for nobody, nothing is.
        """
        if not schema.whose:
            return find()
        text = of if isinstance(of, str) else repr(of)
        digest = hashlib.sha256(f"{schema.digest} {text}".encode(errors="surrogatepass")).hexdigest()
        with self._lock:
            if digest in self._known:
                self._known.move_to_end(digest)
                return self._known[digest]
        found = find()
        with self._lock:
            self._known[digest] = found
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found
