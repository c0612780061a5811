"""Whom the rules of packs name by address: known where they have a role, else named as a mistake."""

from collections.abc import Iterable

from throughline.commands.opening import OPERATOR
from throughline.kernel.errors import NotFound
from throughline.rules.targets import strangers
from throughline.rules.written.mistakes import Mistake
from throughline.rules.written.packs import RuleFile
from throughline.tenancy.scope import Scopes


def unknown_people(scopes: Scopes, files: Iterable[RuleFile]) -> list[tuple[RuleFile, Mistake]]:
    """Return each address that a rule names and that nobody with a role at its provider has.

    A provider whose pack was never applied has no people yet: nothing is said of its rules.
    """
    of_provider: dict[str, list[RuleFile]] = {}
    for file in files:
        of_provider.setdefault(file.slug, []).append(file)
    return [one for slug, some in of_provider.items() for one in _of_provider(scopes, slug, some)]


def _of_provider(scopes: Scopes, slug: str, files: Iterable[RuleFile]) -> list[tuple[RuleFile, Mistake]]:
    try:
        tenant = scopes.find_tenant(slug)
    except NotFound:
        return []
    found = []
    with scopes.tenant(tenant, OPERATOR, "command") as scope:
        for file in files:
            lines = {one.rule.key: one.line for one in file.written.rules}
            for key, address in strangers(scope, (one.rule for one in file.written.rules)):
                message = f"Nobody with a role at {slug} has the address {address}."
                found.append((file, Mistake(lines[key], 1, message, "", key)))
    return found
