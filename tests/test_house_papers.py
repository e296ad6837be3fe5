"""The papers tell the truth: both READMEs match the code, nothing private is named."""

from __future__ import annotations

import importlib
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from addin.functions.registry import functions

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.ja.md")
PAGES = tuple(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]

# Someone's own folders, and the hosts of package registries: the project must not depend on either.
PRIVATE = re.compile(
    r"(?<![\w.*/])/(?:home|Users|root|work|mnt|srv)/\w"
    r"|[A-Z]:\\Users\\"
    r"|\b(?:pypi|pythonhosted|npmjs|debian|ubuntu|rubygems|conda)\.(?:org|com|net|io)\b",
)
NOT_OURS = {
    ".git",
    ".venv",
    "out",
    "dist",
    "build",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*##", text("Makefile"), flags=re.MULTILINE))


def code_lines(name: str) -> list[str]:
    blocks = re.findall(r"^```\w+\n(.*?)^```", text(name), flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


def own_files() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if path.is_file() and NOT_OURS.isdisjoint(inside) and not any(part.endswith("_cache") for part in inside):
            yield path


def test_both_readmes_have_the_same_build() -> None:
    def build(name: str) -> list[str]:
        marks = re.findall(r"^(#+ |```\w*|\||- |\d+\. )", text(name), flags=re.MULTILINE)
        return [mark.strip() for mark in marks]

    assert build("README.md") == build("README.ja.md")


def test_both_readmes_give_the_same_commands() -> None:
    assert code_lines("README.md") == code_lines("README.ja.md")


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_make_target_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text(name), flags=re.MULTILINE))
    assert named
    assert named <= targets()


def test_make_phony_lists_every_target() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text("Makefile"), flags=re.MULTILINE)
    assert targets() <= set(phony.split())


@pytest.mark.parametrize("line", [line for line in code_lines("README.md") if line.split()[0] in SCRIPTS])
def test_every_command_of_the_readme_is_accepted(line: str) -> None:
    script, *words = shlex.split(line)
    module, _, function = SCRIPTS[script].partition(":")
    command = getattr(importlib.import_module(module), function)
    context = click.Context(command)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"{script} has no {words[0]}"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", READMES)
def test_every_worksheet_function_is_in_the_readme_with_its_arguments(name: str) -> None:
    named = re.findall(r"^\| `=(PORTFOLIO_\w+\(.*?\))`", text(name), flags=re.MULTILINE)
    real = [
        f"{function.name}({', '.join(f'[{a.name}]' if a.optional else a.name for a in function.arguments)})"
        for function in functions()
    ]
    assert sorted(named) == sorted(real)


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "docs/decisions/README.md", *PAGES])
def test_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text(name))
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


def test_nothing_private_is_named() -> None:
    named = []
    for path in own_files():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # fonts and the like
        named += [f"{path.relative_to(ROOT)}: {found[0]}" for found in PRIVATE.finditer(content)]
    assert named == []
