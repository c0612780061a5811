"""On whose authority these rules speak: the provider's own, and said so."""

from datetime import date

from throughline.sdk import Authority

HOMES = ("care_home", "supported_living", "home_care")


def local_choice(statement: str, reference: str) -> Authority:
    """Return the authority of a rule that an organisation has to make its own before it relies on it."""
    return Authority(
        statement=statement,
        reference=reference,
        confidence="unverified",
        review_due=date(2027, 5, 31),
        provider_kinds=HOMES,
    )
