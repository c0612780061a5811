"""A function of a plugin that raises is told from an error of ours, and quotes nothing it was given."""

from collections.abc import Callable

import pytest

from throughline.catalogue import Catalogue, Installed, PluginFailure
from throughline.sdk import ChannelUnavailable

CANARY = "she was found in the bathroom"


@pytest.fixture
def catalogue(make_plugin: Callable[..., Installed], collect: Callable[..., Catalogue]) -> Catalogue:
    return collect(make_plugin("good"))


def test_it_passes_arguments_and_the_answer(catalogue: Catalogue) -> None:
    assert catalogue.call("good.rule", divmod, 7, 2) == (3, 1)
    assert catalogue.call("good.rule", sorted, [1, 2], reverse=True) == [2, 1]


def fails(text: str) -> str:
    return {}[text]


def test_a_failure_names_the_plugin_and_the_place_and_not_the_data(catalogue: Catalogue) -> None:
    with pytest.raises(PluginFailure) as caught:
        catalogue.call("good.rule", fails, CANARY)
    failure = caught.value
    assert (failure.plugin, failure.version, failure.record) == ("good", "1.0", "good.rule")
    assert not failure.temporary
    assert str(failure).startswith(
        "good.rule of the plugin good 1.0 failed: KeyError at catalogue/test_call.py, line"
    )
    assert CANARY not in str(failure)
    assert isinstance(failure.__cause__, KeyError)


def test_a_plugin_cannot_end_the_process(catalogue: Catalogue) -> None:
    with pytest.raises(PluginFailure, match="SystemExit"):
        catalogue.call("good.rule", exit, 1)


def test_a_failure_inside_compiled_code_still_has_a_place(catalogue: Catalogue) -> None:
    with pytest.raises(PluginFailure, match=r"ZeroDivisionError at catalogue/catalogue\.py"):
        catalogue.call("good.rule", divmod, 1, 0)


def test_an_unavailable_channel_says_so_in_its_own_words(catalogue: Catalogue) -> None:
    def send() -> None:
        raise ChannelUnavailable("The mail server does not answer.")

    with pytest.raises(PluginFailure, match=r"The mail server does not answer\.") as caught:
        catalogue.call("good.rule", send)
    assert caught.value.temporary
