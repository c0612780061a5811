"""Who works there: the personas, and the people around them so that two years have somebody to tell them."""

import random
from collections import defaultdict

from throughline.demo.personas import PERSONAS
from throughline.demo.story import packaged
from throughline.demo.story.places import TENANTS
from throughline.demo.story.records import StoryUser

_JOBS = {
    "nurse": "Staff nurse",
    "ward manager": "Ward manager",
    "governance lead": "Patient safety and governance lead",
    "medical director": "Medical director",
    "consultant": "Systems consultant",
    "administrator": "Systems administrator",
    "support worker": "Support worker",
    "quality lead": "Quality lead",
    "commissioner": "Quality commissioner",
}
_PERSONA_REPORTS = 4  # a persona who reports does so more than anybody else, so that home has a history
_MANAGER_REPORTS = 0.6
_UNIT, _EVERYWHERE = 3, 4


class Cast:
    """Everybody with an account, and who answers for what."""

    def __init__(self) -> None:
        self.users: list[StoryUser] = []
        self._reporting: dict[str, list[tuple[StoryUser, float]]] = defaultdict(list)
        self._managers: dict[str, StoryUser] = {}
        self._roles: dict[tuple[str, str], StoryUser] = {}
        for persona in PERSONAS:
            job = _JOBS[persona.role]
            self._add(
                StoryUser(
                    persona.tenant, persona.email, persona.name, persona.membership, persona.unit, job, True
                ),
                _PERSONA_REPORTS,
            )
        for tenant in TENANTS:
            for unit, people in packaged.table("cast.toml")[tenant].items():
                for line in people:
                    self._add_written(tenant, unit, [part.strip() for part in line.split(",")])

    def manager(self, unit: str) -> str:
        """Return the e-mail address of the unit's manager."""
        return self._managers[unit].email

    def holding(self, tenant: str, membership: str) -> str:
        """Return the e-mail address of the first who holds a role over the whole tenant."""
        return self._roles[tenant, membership].email

    def answering(self, tenant: str, role: str, unit: str) -> str:
        """Return who answers for a unit in a role."""
        return self.manager(unit) if role == "unit_manager" else self.holding(tenant, role)

    def named(self, tenant: str, written: str) -> str:
        """Return whom a line means by ``manager:beech``, ``governance_lead`` or a part of an address.

        Raises:
            ValueError: nobody, or more than one.
        """
        if written.startswith("manager:"):
            return self.manager(written.removeprefix("manager:"))
        if (tenant, written) in self._roles:
            return self.holding(tenant, written)
        found = [user.email for user in self.users if user.tenant == tenant and written in user.email]
        if len(found) != 1:
            raise ValueError(f"{written!r} names {len(found)} people of {tenant}")
        return found[0]

    def reporter(self, unit: str, rng: random.Random) -> str:
        """Return who reports an incident of a unit."""
        people = self._reporting[unit]
        return rng.choices(people, [weight for _, weight in people])[0][0].email

    def _add_written(self, tenant: str, unit: str, parts: list[str]) -> None:
        name, job = parts[0], parts[1]
        weight = float(parts[2]) if len(parts) >= _UNIT else 1.0
        managing = unit != "everywhere" and unit not in self._managers
        role = parts[3] if len(parts) >= _EVERYWHERE else "unit_manager" if managing else "reporter"
        address = name.lower().replace(" ", ".").replace("'", "")
        user = StoryUser(
            tenant,
            f"{address}@{tenant}.example",
            name,
            role,
            None if unit == "everywhere" else unit,
            job,
        )
        self._add(user, weight)

    def _add(self, user: StoryUser, weight: float) -> None:
        self.users.append(user)
        if user.unit is None:
            self._roles.setdefault((user.tenant, user.membership), user)
            return
        if user.membership == "unit_manager":
            self._managers[user.unit] = user
            weight = _MANAGER_REPORTS
        self._reporting[user.unit].append((user, weight))
