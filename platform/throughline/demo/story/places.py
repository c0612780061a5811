"""The thirteen services of the story, as the packs in ``tenants/`` name them."""

from dataclasses import dataclass

WARD, TEAM, HOME = "ward", "team", "home"


@dataclass(frozen=True)
class Service:
    """A unit where incidents happen. ``places`` is how many people it has room for or supports.

    ``occupancy`` is the usual share of those places that are taken; ``stay`` the usual stay in days.
    """

    tenant: str
    key: str
    name: str
    kind: str
    service_type: str
    places: int
    occupancy: float
    stay: int


SERVICES = {
    service.key: service
    for service in (
        Service("calder", "oak", "Oak Ward", WARD, "acute_adult", 18, 0.97, 32),
        Service("calder", "hazel", "Hazel Ward", WARD, "acute_adult", 18, 0.95, 34),
        Service("calder", "willow", "Willow Ward (PICU)", WARD, "picu", 10, 0.88, 24),
        Service("calder", "rowan", "Rowan Rehab", WARD, "rehabilitation", 16, 0.90, 240),
        Service("calder", "beech", "Beech Ward", WARD, "older_adult", 20, 0.94, 78),
        Service("calder", "cedar", "Cedar Ward", WARD, "low_secure", 14, 0.97, 420),
        Service(
            "calder",
            "north-cmht",
            "North Community Mental Health Team",
            TEAM,
            "community_adult",
            410,
            0.99,
            700,
        ),
        Service("calder", "crisis-home", "Crisis and Home Treatment Team", TEAM, "crisis", 44, 0.92, 21),
        Service("hollins", "larch-house", "Larch House", HOME, "supported_living", 8, 1.0, 3000),
        Service("hollins", "fern-cottage", "Fern Cottage", HOME, "supported_living", 6, 1.0, 3000),
        Service("hollins", "mill-lane", "Mill Lane", HOME, "supported_living", 7, 0.99, 2500),
        Service("hollins", "quay-view", "Quay View", HOME, "supported_living", 9, 0.99, 2500),
        Service("hollins", "heron-court", "Heron Court", HOME, "supported_living", 10, 0.99, 2500),
    )
}
TENANTS = {"calder": "CV", "hollins": "HB"}
"""Each provider group with the prefix of its references."""
COMMISSIONER, FORMAT = "west-moors", "icb_quality.quarterly"
