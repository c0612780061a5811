"""Somebody on call every night of this week and the next, and one person with a digest."""

from datetime import time, timedelta

from throughline.accounts.people import who_may
from throughline.accounts.permissions import Permission
from throughline.jobs.schedule import moment
from throughline.notifications import preferences
from throughline.on_call import service as on_call
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

NIGHTS = 14
_DIGEST, _QUIET_FROM, _QUIET_TO = time(8), time(21), time(7)
_FROM, _UNTIL = time(17), time(9)


def wish(scope: Scope) -> None:
    """Let the actor have one digest a day and quiet nights."""
    preferences.choose(scope, preferences.Wish(_DIGEST, _QUIET_FROM, _QUIET_TO))


def write(scope: Scope) -> None:
    """Put somebody on call for each branch of the tenant, night by night in turn."""
    units, zone = tree(scope), scope.tenant.timezone
    monday = scope.today() - timedelta(days=scope.today().weekday())
    for root in units.children(None):
        people = who_may(scope, Permission.ACKNOWLEDGE, units, root.id)
        for number in range(NIGHTS if people else 0):
            start = moment(monday + timedelta(days=number), _FROM, zone)
            end = moment(monday + timedelta(days=number + 1), _UNTIL, zone)
            if end > scope.now():
                somebody = people[number % len(people)].id
                on_call.add(scope, on_call.Turn(root.id, somebody, start, end))
