"""What a set of plugins contributes, and that one that cannot be used stops only itself."""

import itertools
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pluggy
import pytest

from throughline.catalogue import Broken, Catalogue, Installed, catalogue_for
from throughline.sdk import (
    API_VERSION,
    CORE_FACTS,
    SECTOR_FACTORS,
    FactKind,
    Field,
    FieldKind,
    FieldSet,
    Framework,
    PluginInfo,
    Stage,
    hookimpl,
)

Make = Callable[..., Installed]
Collect = Callable[..., Catalogue]


def raises() -> object:
    raise RuntimeError("its own trouble")


def exits() -> object:
    raise SystemExit(3)


def raises_half_way() -> Iterator[object]:
    yield from ()
    raise LookupError("half way")


def endless() -> Iterator[object]:
    yield from itertools.count()


def takes_an_argument(config: object) -> object:
    return [config]


def field_set(key: str) -> FieldSet:
    return FieldSet(key, "Fields", ("self_harm",), (Field("minutes", "Minutes?", FieldKind.NUMBER),))


def framework(version: int) -> Framework:
    return Framework(
        "good.method",
        version,
        f"Method {version}",
        "A book",
        "A method.",
        (Stage("one", "One", "What?", "Ask."),),
        SECTOR_FACTORS,
    )


def test_it_indexes_what_the_enabled_plugins_contribute(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("b"), make_plugin("a"), make_plugin("c"), enabled=frozenset({"a", "b"}))
    assert list(catalogue.rules) == ["a.rule", "b.rule"]
    assert list(catalogue.plugins) == ["a", "b"]
    assert catalogue.problems == ()


UNUSABLE = {
    "a hook raises": (
        {"escalation_rules": raises},
        "escalation_rules: RuntimeError: its own trouble",
    ),
    "a hook leaves the process": ({"escalation_rules": exits}, "escalation_rules: SystemExit: 3"),
    "a generator raises half way": (
        {"report_formats": raises_half_way},
        "report_formats: LookupError: half way",
    ),
    "a hook returns nothing": ({"incident_fields": lambda: None}, "incident_fields: TypeError"),
    "a hook returns rubbish": ({"escalation_rules": lambda: ["rubbish"]}, "returned 'rubbish', not a Rule"),
    "a hook never ends": ({"escalation_rules": endless}, "returned more than 1000 records"),
    "a record is of another kind": ({"incident_fields": lambda: [framework(1)]}, "not a FieldSet"),
    "a record has another plugin's key": (
        {"incident_fields": lambda: [field_set("good.fields")]},
        "good.fields: the key should start with 'bad' and a dot",
    ),
    "a key is used twice": (
        {"incident_fields": lambda: [field_set("bad.fields")] * 2},
        "bad.fields: the key is used by two records",
    ),
    "a hook is misspelt": ({"escalation_rulez": lambda: []}, "there is no hook 'escalation_rulez'"),
    "a hook takes an argument": ({"escalation_rules": takes_an_argument}, "a hook is not as specified"),
}


@pytest.mark.parametrize(("hooks", "part"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_plugin_that_cannot_be_used_stops_only_itself(
    hooks: dict[str, Callable[..., object]], part: str, make_plugin: Make, collect: Collect
) -> None:
    catalogue = collect(make_plugin("bad", **hooks), make_plugin("good"), make_plugin("after"))
    assert list(catalogue.rules) == ["after.rule", "good.rule"]
    assert "bad" not in catalogue.plugins
    (problem,) = catalogue.problems
    assert problem.plugin == "bad"
    assert problem.message.startswith("The plugin 'bad' (throughline-bad) is not used: ")
    assert part in problem.message


@pytest.mark.parametrize(
    ("info", "part"),
    [
        ("me", "plugin_info returned 'me', not a PluginInfo"),
        (PluginInfo("other", "O", "O.", "1", API_VERSION), "its plugin_info 'other'; they must agree"),
        (PluginInfo("bad", "B", "B.", "1", 2), "it is written for plugin API 2; this platform offers 1"),
        (PluginInfo("bad", "B", "B.", 1, API_VERSION), "version should be text, not 1"),  # type: ignore[arg-type]
        (PluginInfo("bad", "B", "B.", "1", API_VERSION, dict), "should be a subclass of Schema"),  # type: ignore[arg-type]
    ],
)
def test_a_plugin_says_who_it_is(info: object, part: str, make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("bad", info), make_plugin("good"))
    assert list(catalogue.rules) == ["good.rule"]
    assert part in catalogue.problems[0].message


def test_a_plugin_without_plugin_info_is_not_used(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(Installed("bad", "throughline-bad", SimpleNamespace()), make_plugin("good"))
    assert "plugin_info is missing" in catalogue.problems[0].message
    assert list(catalogue.plugins) == ["good"]


def test_a_plugin_may_not_wrap_the_hooks_of_others(make_plugin: Make, collect: Collect) -> None:
    silencer = make_plugin("bad")

    def escalation_rules() -> Iterator[None]:
        yield

    silencer.plugin.escalation_rules = hookimpl(hookwrapper=True)(escalation_rules)  # type: ignore[attr-defined]
    catalogue = collect(silencer, make_plugin("good"))
    assert list(catalogue.rules) == ["good.rule"]
    assert "may not wrap those of other plugins" in catalogue.problems[0].message


def test_a_plugin_whose_attributes_raise_is_not_used(make_plugin: Make, collect: Collect) -> None:
    class Prickly:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("do not look")

        def __dir__(self) -> list[str]:
            raise RuntimeError("do not look")

    catalogue = collect(Installed("bad", "throughline-bad", Prickly()), make_plugin("good"))
    assert list(catalogue.plugins) == ["good"]
    assert "could not be registered: RuntimeError" in catalogue.problems[0].message


class Nameless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Sly(FieldSet):
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def nameless() -> object:
    raise Nameless


def test_a_plugin_whose_very_words_raise_stops_only_itself(make_plugin: Make, collect: Collect) -> None:
    sly = Sly("sly.fields", "Fields", ("self_harm",), ())
    catalogue = collect(
        make_plugin("good"),
        make_plugin("bad", incident_fields=nameless),
        make_plugin("sly", incident_fields=lambda: [sly]),
    )
    assert list(catalogue.plugins) == ["good"]
    bad, other = catalogue.problems
    assert "Nameless: <exception str() failed>" in bad.message
    assert "incident_fields returned <Sly instance" in other.message


def test_a_plugin_says_who_it_is_once(make_plugin: Make, collect: Collect) -> None:
    plugin = make_plugin("bad")
    second = hookimpl(specname="plugin_info")(lambda: PluginInfo("good", "G", "G.", "1", API_VERSION))
    plugin.plugin.another = second  # type: ignore[attr-defined]
    assert "more than once" in collect(plugin, make_plugin("good")).problems[0].message


def test_a_hook_of_another_project_is_not_taken_for_ours(make_plugin: Make, collect: Collect) -> None:
    plugin = make_plugin("good")
    foreign = pluggy.HookimplMarker("another")(lambda: 1 / 0)
    plugin.plugin.report_formats = foreign  # type: ignore[attr-defined]
    assert collect(plugin).problems == ()


def test_two_field_sets_of_one_name_are_one_too_many_in_conditions(
    make_plugin: Make, collect: Collect
) -> None:
    catalogue = collect(
        make_plugin("one", incident_fields=lambda: [field_set("one.restraint")]),
        make_plugin("two", incident_fields=lambda: [field_set("two.restraint")]),
    )
    assert list(catalogue.field_sets) == ["one.restraint"]
    (problem,) = catalogue.problems
    assert problem.plugin == "two"
    assert "in conditions, 'restraint' already means one.restraint" in problem.message


def test_a_missing_plugin_is_named_with_what_is_there(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("good"), enabled=frozenset({"good", "absent"}))
    assert list(catalogue.rules) == ["good.rule"]
    assert [problem.message for problem in catalogue.problems] == [
        "The plugin 'absent' is enabled but not installed. Installed: good."
    ]


def test_a_plugin_that_could_not_be_imported_says_why(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("good"), Broken("bad", "throughline-bad", "'bad': ImportError"))
    assert list(catalogue.rules) == ["good.rule"]
    assert [(problem.plugin, problem.message) for problem in catalogue.problems] == [
        ("bad", "'bad': ImportError")
    ]


def test_all_that_is_wrong_with_a_plugin_is_said_at_once(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(
        make_plugin("bad", escalation_rules=raises, incident_fields=lambda: [field_set("x.y")])
    )
    assert "RuntimeError" in catalogue.problems[0].message
    assert "x.y: the key should start with" in catalogue.problems[0].message


def test_old_versions_of_a_framework_stay_to_be_found(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("good", review_frameworks=lambda: [framework(2), framework(1)]))
    assert catalogue.frameworks["good.method"].version == 2
    found = catalogue.framework("good.method", 1)
    assert found is not None
    assert found.title == "Method 1"
    assert catalogue.framework("good.method", 3) is None
    assert catalogue.format("good.method", 1) is None


def test_conditions_may_read_the_core_facts_and_the_answers(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("good", incident_fields=lambda: [field_set("good.restraint")]))
    assert catalogue.facts() == {**CORE_FACTS, "restraint.minutes": FactKind.INT}


def test_a_catalogue_cannot_be_changed(make_plugin: Make, collect: Collect) -> None:
    catalogue = collect(make_plugin("good"))
    with pytest.raises(TypeError):
        catalogue.rules["good.rule"] = None  # type: ignore[index]


def test_tenants_with_the_same_plugins_share_one_catalogue() -> None:
    assert catalogue_for(frozenset({"psirf", "seips"})) is catalogue_for(frozenset(["seips", "psirf"]))
    assert catalogue_for(frozenset({"psirf"})).frameworks == {}
