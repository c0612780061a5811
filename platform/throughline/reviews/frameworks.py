"""The framework a review was begun in: in its version then, and readable even when its plugin is gone."""

from collections.abc import Sequence
from itertools import islice

from throughline.catalogue import PluginFailure
from throughline.reviews.models import Factor, Review
from throughline.sdk import FactorGroup, FoundFactor, Framework, Stage, WrittenReview
from throughline.tenancy.scope import Scope

_MOST_OBJECTIONS, _LONGEST_OBJECTION = 20, 500


def in_use(scope: Scope, review: Review) -> Framework | None:
    """Return the framework in the version a review was begun in; None when no plugin in use brings it."""
    return scope.catalogue.framework(review.framework_key, review.framework_version)


def usual_for(scope: Scope, kind: str) -> Framework | None:
    """Return the framework a kind of review is usually written in here, else the first; None without any."""
    known = scope.catalogue.frameworks.values()
    return next((one for one in known if kind in one.usual_for), next(iter(known), None))


def shown_in(scope: Scope, review: Review, factors: Sequence[Factor]) -> Framework:
    """Return the framework to read a review in.

    When its plugin is not in use any more, it is put together from what was written, so that a review can be
    read for as long as it is kept.
    """
    return in_use(scope, review) or Framework(
        key=review.framework_key,
        version=review.framework_version,
        title=f"A framework that is no longer in use ({review.framework_key}, version"
        f" {review.framework_version})",
        citation="",
        summary="",
        stages=tuple(Stage(key, _words(key), "", "") for key in review.answers),
        factors=tuple(
            FactorGroup(factor.group_key, _words(factor.group_key), "", "", (), factor.theme)
            for factor in {factor.group_key: factor for factor in factors}.values()
        ),
    )


def objections(scope: Scope, framework: Framework, review: Review, factors: Sequence[Factor]) -> list[str]:
    """Return what the method itself still asks for before sign-off; nothing when its function fails.

    The failure is in the log under the plugin's name; people are not kept from finishing by it.
    """
    if framework.key.partition(".")[0] not in scope.catalogue.plugins:
        return []
    written = WrittenReview(
        {key: str(text) for key, text in review.answers.items()},
        tuple(
            FoundFactor(one.group_key, one.theme, one.kind, one.text, one.evidence)  # type: ignore[arg-type]
            for one in factors
        ),
    )
    try:
        return scope.catalogue.call(framework.key, _sentences, framework, written)
    except PluginFailure:
        return []


def _sentences(framework: Framework, written: WrittenReview) -> list[str]:
    return [str(one)[:_LONGEST_OBJECTION] for one in islice(framework.objections(written), _MOST_OBJECTIONS)]


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()
