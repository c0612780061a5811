"""The house rules that no linter holds: sizes, names, the name `platform`, and what the documents say."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from throughline.cli import main
from throughline.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("platform", "plugins")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
]
DOCUMENTS = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tenants").glob("*.md"),
        *(ROOT / "plugins").rglob("*.md"),
    )
)
PILES = {"utils", "helpers", "common", "misc"}


def test_no_module_is_longer_than_four_hundred_lines():
    product = [path for path in SOURCES if "tests" not in path.parts]
    assert [str(path) for path in product if len(path.read_text().splitlines()) > 400] == []


def test_no_module_is_a_pile():
    assert [str(path) for path in SOURCES if path.stem in PILES] == []


def test_every_module_says_what_it_is():
    assert [
        str(path)
        for path in SOURCES
        if path.stat().st_size
        and not path.read_text().lstrip().startswith('"""')
        and "tests" not in path.parts
    ] == []


@pytest.mark.parametrize("folder", ["platform", "plugins", "tenants", "migrations", "tests"])
def test_a_source_root_is_no_package(folder):
    assert not (ROOT / folder / "__init__.py").exists()


def test_the_standard_librarys_platform_is_not_shadowed():
    code = "import platform; print(platform.python_implementation())"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "CPython"


def test_the_web_entry_is_three_lines():
    assert len([line for line in (ROOT / "wsgi.py").read_text().splitlines() if line]) == 2


def test_every_setting_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    assert [f.name for f in fields(Settings) if f"THROUGHLINE_{f.name.upper()}" not in example] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_links_only_to_what_is_there(document):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_readme_names_commands_that_exist():
    said = set(re.findall(r"^throughline ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    said |= set(re.findall(r"`throughline ([a-z-]+)", (ROOT / "docs" / "operations.md").read_text()))
    assert said <= set(main.commands)
