"""Hostile conditions: each is refused or contained with a clear message, in a bounded time and memory."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).parent / "hostile.py"


def conditions():
    spec = importlib.util.spec_from_file_location("hostile", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CONDITIONS


def outcome(name):
    """Run one condition in a process of its own: a crash of the runtime would end it, a hang is killed."""
    done = subprocess.run(
        [sys.executable, PROGRAM, name], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{name}: ended with {done.returncode}: {done.stderr[-500:]}"
    return done.stdout.strip()


ANSWERED = {
    "choices in range": "found",
    "one long loop": "found",
    "many in a loop": "found",
    "many regexes": "silent",
    "a long sum of texts": "silent",
    "exploding regex": "silent",
    "regex of repeats": "silent",
    "regex of stars": "silent",
    "emoji": "found",
    "division by a fact": "failed: a.hostile could not be evaluated: it divides by zero.",
    "overflow": "failed: a.hostile could not be evaluated: a number became too large.",
}


@pytest.mark.parametrize("name", conditions())
def test_a_hostile_condition_is_refused_or_contained(name):
    said = outcome(name)
    if name in ANSWERED:
        assert said == ANSWERED[name]
    else:
        assert said.startswith("refused: Rule a.hostile cannot be used: line 1, column ")
        assert len(said) < 300


@pytest.mark.parametrize("depth", [12, 13, 31, 32, 33, 300, 10_000])
def test_the_runtime_itself_does_not_crash_on_nested_brackets(depth):
    """The guard counts before it compiles; should it ever be wrong, the runtime behind it holds as well."""
    program = (
        "from cel_expr_python import cel\n"
        f"text = '(' * {depth} + 'true' + ')' * {depth}\n"
        "try:\n    print(cel.NewEnv(variables={}).compile(text).eval(data={}).value())\n"
        "except RuntimeError as error:\n    print(str(error)[:60])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "True" or "recursion limit" in done.stdout
