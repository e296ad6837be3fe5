"""Facts before prose: code decides on codes, numbers and kinds, never on the words that people read."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.definition.definition import load_definition
from engine.definition.definition_row import DefinitionRow
from engine.language.errors import Refusal, Text
from engine.scoring.alerts import KINDS
from engine.scoring.alerts.wording import word_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "addin", "report_templates", "workbooks")
LANGUAGES = {"ja", "en"}
# What reads a text as data: a decision or a piece cut out of it. `strip`, `lower` and `join` only lay it out.
READS = {
    *("startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit"),
    *("find", "index", "count", "replace", "isdigit"),
}
PATTERNS = {"match", "search", "fullmatch", "findall"}
# Who lays texts out, with what it needs their letters for.
WRITERS = {
    "addin/packaging/xlam/project/vba.py": "Excel's window for a function takes 255 letters",
    "report_templates/texts/texts.py": "small and capital first letters, full stops",
    "report_templates/sections/record/dictionary.py": "prints the first sentence of a metric's meaning",
    "workbooks/inputs/word_lists.py": "one line where both languages say the same",
}
MEASURES = {"width"}  # how much room a text takes is no reading of it


def wordings(node: ast.AST) -> Iterator[ast.Attribute]:
    """Give each use of a text's words in an expression, what only measures their width left out."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MEASURES:
        return
    if isinstance(node, ast.Attribute) and node.attr in LANGUAGES:
        yield node
    for child in ast.iter_child_nodes(node):
        yield from wordings(child)


def decisions(source: str) -> list[tuple[int, str]]:
    """Return where code compares, searches or cuts the words of a `Text`: line and expression."""
    found = []
    for node in ast.walk(ast.parse(source)):
        read: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            read = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS:
            read = [node.func.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PATTERNS:
            read = node.args
        elif isinstance(node, ast.Subscript):
            read = [node.value]
        if isinstance(node, ast.expr) and any(list(wordings(each)) for each in read):
            found.append((node.lineno, ast.unparse(node)))
    return found


def test_no_code_decides_on_a_sentence() -> None:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name not in WRITERS and (lines := decisions(path.read_text(encoding="utf-8"))):
                found[name] = lines
    assert found == {}


@pytest.mark.parametrize("name", WRITERS)
def test_whoever_may_lay_texts_out_does(name: str) -> None:
    assert decisions((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "named = customer in alert.cause.ja",
        "if refusal.text.en == other.text.en: pass",
        'share = definition.unit(key).en.startswith("share")',
        'head = row.label.ja.partition(" › ")',
        "first = text.en[:1]",
        're.match(r"\\d+", text.ja)',
    ],
)
def test_such_a_decision_is_seen(line: str) -> None:
    assert decisions(line)


@pytest.mark.parametrize("line", ["room = width(text.ja) > 4", "said = text.en.lower()", "found = names[text.code]"])
def test_laying_out_is_no_decision(line: str) -> None:
    assert decisions(line) == []


# ---- what decides instead ----------------------------------------------------------------------------------------------


def test_every_entry_of_the_definition_says_what_it_is() -> None:
    document = load_definition()
    untold = [row.key for row in document.rows() if row.named and not document.kind(row.key)]
    assert untold == []
    assert document.kind("alerts.dependence") == "share"
    assert document.kind("freshness.orders_days") == "days"
    assert document.kind("general.fixed_cost") == "money"
    assert document.kind("alerts.few_customers") == "count"


def test_an_entry_whose_unit_is_a_share_is_of_that_kind() -> None:
    document = load_definition()
    shares = [row.key for row in document.rows() if row.unit.en.split(",")[0] in {"share", "probability", "fraction"}]
    assert shares
    assert {document.kind(key) for key in shares} == {"share"}


def test_a_row_of_the_sheet_knows_whether_it_has_a_name() -> None:
    rows = {row.key: row for row in load_definition().rows()}
    assert rows["alerts.few_share"].named
    assert not rows["standard.1"].named
    assert DefinitionRow("key", 1, Text("", ""), Text("", ""), Text("key", "key")).kind == ""


def test_two_refusals_are_told_apart_by_their_rule() -> None:
    one, other = (
        Refusal("too_little_data", "同じ文", "the same", rule=rule) for rule in ("no_products", "no_purchases")
    )
    assert one.text == other.text
    assert one.rule != other.rule


def test_every_test_has_its_patterns_in_both_languages() -> None:
    patterns = tomllib.loads((ROOT / "engine/scoring/alerts/alerts.toml").read_text(encoding="utf-8"))
    assert all(pattern["ja"] and pattern["en"] for kind in patterns.values() for pattern in kind.values())
    for kind in ("measures", "displays", "thresholds"):
        assert set(patterns[kind]) - {"unavailable"} == set(KINDS)
    assert word_of("hhi") == Text("HHI", "HHI")
