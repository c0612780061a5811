"""Conditions and facts that hypothesis draws: typed, over everything the language allows to be lowered."""

from dataclasses import dataclass

from hypothesis import strategies as st

from throughline.rules.facts import Fact
from throughline.sdk import FactKind

LEAST, MOST = -(2**63), 2**63 - 1
INTEGERS = st.one_of(
    st.integers(-3, 5),
    st.sampled_from([0, 1, -1, 2, 24, LEAST, LEAST + 1, MOST, MOST - 1, 2**31, -(2**31) - 1, 2**32, 2**62]),
    st.integers(LEAST, MOST),
)
NASTY = [
    *(
        "",
        "a",
        "A",
        "b",
        "B",
        "z",
        "Z",
        "aa",
        "ab",
        "a b",
        " a",
        "%",
        "_",
        "a%b",
        "a_b",
        "100%",
        "\\",
        "a\\b",
    ),
    *("\\%", "'", '"', "it's", "--", ";", "é", "e\u0301", "É", "ß", "ss", "😀", "😀a", "\uffff", "\ue000"),
    *("\u202e", "\n", "\t", "prone", "seated", "side", "oak", "I", "ı", "İ", "i", "ﬁ", "fi", "0", "10", "9"),
]
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4),
)


@dataclass(frozen=True)
class Facts:
    """The names that may be read, by kind; texts of which only some words can occur, with those words."""

    bools: tuple[str, ...]
    integers: tuple[str, ...]
    texts: tuple[str, ...]
    lists: tuple[str, ...]
    closed: dict[str, tuple[str, ...]]


def names_of(facts: dict[str, Fact]) -> Facts:
    def of(kind):
        return tuple(name for name, fact in facts.items() if fact.kind is kind)

    closed = {name: tuple(fact.choices) for name, fact in facts.items() if fact.closed}
    return Facts(of(FactKind.BOOL), of(FactKind.INT), of(FactKind.STRING), of(FactKind.STRING_LIST), closed)


def quoted(text: str) -> str:
    """Write a text as the language reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def literal(number: int) -> str:
    return str(number)


def values(kind: FactKind, name: str = "", closed=None) -> st.SearchStrategy:
    """Values that a fact of a kind may have."""
    if kind is FactKind.BOOL:
        return st.booleans()
    if kind is FactKind.INT:
        return INTEGERS
    if closed and name in closed and kind is FactKind.STRING:
        return st.sampled_from(["", *closed[name]])
    if kind is FactKind.STRING:
        return TEXTS
    return st.lists(TEXTS, max_size=4)


class Writer:
    """Writes expressions. Within a loop nothing is added up and no other loop stands, as the language asks."""

    def __init__(self, draw, facts: Facts) -> None:
        self.draw = draw
        self.facts = facts
        self.item: tuple[str, str] | None = None  # the name and kind of what a loop goes through

    def pick(self, *options):
        return self.draw(st.sampled_from(options))()

    def boolean(self, depth: int) -> str:
        leaves = [self.bool_fact, self.comparison_of_closed, lambda: self.comparison(0), self.bool_literal]
        if depth <= 0:
            return self.pick(*leaves)
        return self.pick(
            self.bool_fact,
            lambda: self.comparison(depth - 1),
            lambda: self.comparison(depth - 1),
            self.comparison_of_closed,
            lambda: f"({self.boolean(depth - 1)} && {self.boolean(depth - 1)})",
            lambda: f"({self.boolean(depth - 1)} || {self.boolean(depth - 1)})",
            lambda: f"!({self.boolean(depth - 1)})",
            lambda: self.choice(self.boolean, depth),
            lambda: self.in_text(depth - 1),
            lambda: self.membership(depth - 1),
            lambda: self.loop(depth - 1),
            lambda: self.loop(depth - 1),
        )

    def bool_fact(self) -> str:
        if self.item and self.item[1] == "bool" and self.draw(st.booleans()):
            return self.item[0]
        return self.draw(st.sampled_from(self.facts.bools))

    def bool_literal(self) -> str:
        return self.draw(st.sampled_from(["true", "false"]))

    def choice(self, make, depth: int) -> str:
        return f"({self.boolean(depth - 1)} ? {make(depth - 1)} : {make(depth - 1)})"

    def comparison(self, depth: int) -> str:
        sign = self.draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
        make = self.draw(st.sampled_from([self.integer, self.integer, self.text, self.boolean, self.texts]))
        if make == self.texts:
            sign = self.draw(st.sampled_from(["==", "!="]))
            make = self.draw(st.sampled_from([self.texts, self.integers, self.booleans]))
        return f"({make(depth)} {sign} {make(depth)})"

    def comparison_of_closed(self) -> str:
        name = self.draw(st.sampled_from([one for one in self.facts.closed if one in self.facts.texts]))
        sign = self.draw(st.sampled_from(["==", "!="]))
        return f"({name} {sign} {quoted(self.draw(st.sampled_from(self.facts.closed[name])))})"

    def integer(self, depth: int) -> str:
        leaves = [
            lambda: self.draw(st.sampled_from(self.facts.integers)),
            lambda: literal(self.draw(INTEGERS)),
        ]
        if self.item and self.item[1] == "int":
            leaves.append(lambda: self.item[0])
        if depth <= 0:
            return self.pick(*leaves)
        signs = ["-", "*", "/", "%"] if self.item else ["+", "-", "*", "/", "%"]
        return self.pick(
            *leaves,
            lambda: (
                f"({self.integer(depth - 1)} {self.draw(st.sampled_from(signs))} {self.integer(depth - 1)})"
            ),
            lambda: (
                f"({self.integer(depth - 1)} {self.draw(st.sampled_from(signs))} {self.integer(depth - 1)})"
            ),
            lambda: f"-({self.draw(st.sampled_from(self.facts.integers))})",
            lambda: f"size({self.text(depth - 1)})",
            lambda: f"size({self.texts(depth - 1)})",
            lambda: f"{self.integers(0)}[{self.integer(depth - 1)}]",
            lambda: self.choice(self.integer, depth),
        )

    def text(self, depth: int) -> str:
        free = [name for name in self.facts.texts if name not in self.facts.closed]
        leaves = [lambda: self.draw(st.sampled_from(free)), lambda: quoted(self.draw(TEXTS))]
        if self.item and self.item[1] == "string":
            leaves += [lambda: self.item[0]] * 2
        if depth <= 0:
            return self.pick(*leaves)
        deeper = [
            lambda: self.choice(self.text, depth),
            lambda: f"{self.draw(st.sampled_from(self.facts.lists))}[{self.integer(depth - 1)}]",
        ]
        if not self.item:
            deeper.append(lambda: f"({self.text(depth - 1)} + {self.text(depth - 1)})")
        return self.pick(*leaves, *deeper)

    def texts(self, depth: int) -> str:
        return self.list_of(self.text, depth, self.facts.lists)

    def integers(self, depth: int) -> str:
        return self.list_of(self.integer, depth, ())

    def booleans(self, depth: int) -> str:
        return self.list_of(self.boolean, depth, ())

    def list_of(self, make, depth: int, names) -> str:
        def written():
            return "[" + ", ".join(make(depth - 1) for _ in range(self.draw(st.integers(1, 3)))) + "]"

        options = [written]
        if names:
            options += [lambda: self.draw(st.sampled_from(names)), lambda: "[]"]
        if depth > 0:
            options.append(lambda: self.choice(lambda less: self.list_of(make, less, names), depth))
            if not self.item:
                options.append(
                    lambda: (
                        f"({self.list_of(make, depth - 1, names)} + {self.list_of(make, depth - 1, names)})"
                    )
                )
        return self.pick(*options)

    def in_text(self, depth: int) -> str:
        function = self.draw(st.sampled_from(["contains", "startsWith", "endsWith"]))
        return f"{self.text(depth)}.{function}({self.text(depth)})"

    def membership(self, depth: int) -> str:
        return self.pick(
            lambda: f"({self.text(depth)} in {self.texts(depth)})",
            lambda: f"({self.integer(depth)} in {self.integers(depth)})",
            lambda: f"({self.boolean(depth)} in {self.booleans(depth)})",
        )

    def loop(self, depth: int) -> str:
        if self.item:
            return self.membership(depth)
        kind, make = self.draw(
            st.sampled_from([("string", self.texts), ("int", self.integers), ("bool", self.booleans)])
        )
        function = self.draw(st.sampled_from(["exists", "all"]))
        over = make(depth)
        if over == "[]":
            over = self.facts.lists[0]
        name = self.draw(st.sampled_from(["x", "one", "v", "q", "l1"]))
        self.item = (name, kind)
        try:
            return f"{over}.{function}({name}, {self.boolean(depth)})"
        finally:
            self.item = None


@st.composite
def conditions(draw, facts: Facts, depth: int = 3) -> str:
    """A condition of the language; nearly all of them compile."""
    return Writer(draw, facts).boolean(depth)
