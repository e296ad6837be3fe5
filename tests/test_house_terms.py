"""One English word for each Japanese term, over everything that people read from TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "tests/cases/several_english.toml"
SOURCES = (
    ROOT / "engine/language/glossary.toml",
    ROOT / "engine/language/words.toml",
    ROOT / "engine/definition/definition.toml",
    ROOT / "engine/scoring/alerts/alerts.toml",
    ROOT / "report_templates/texts.toml",
    *sorted((ROOT / "report_templates/texts").glob("*.toml")),
)


def pairs(node: Any) -> Iterator[tuple[str, str]]:
    """Give every Japanese wording with its English one; patterns with places to fill and sentences are no terms."""
    if isinstance(node, dict):
        ja, en = node.get("ja"), node.get("en")
        if isinstance(ja, str) and isinstance(en, str) and not {*"{。"} & {*ja}:
            yield ja.strip(), en.strip().lower()
        for child in node.values():
            yield from pairs(child)
    elif isinstance(node, list):
        for child in node:
            yield from pairs(child)


def singular(en: str) -> str:
    return " ".join(word.removesuffix("s") for word in en.split())


def is_short_form(short: str, term: str) -> bool:
    """Whether `short` is what is left of `term` where there is little room: `gini` of `gini coefficient`."""
    return set(singular(short).split()) < set(
        singular(term).replace("(", " ").replace(")", " ").replace(",", " ").split()
    )


def different(ja: str, words: set[str]) -> set[str]:
    """Return the English words that are really several: plurals, short forms and the term's own Latin letters aside."""
    kept = {singular(word): word for word in sorted(words) if word != ja.lower()}
    return {word for key, word in kept.items() if not any(is_short_form(word, other) for other in kept.values())}


def several() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        for ja, en in pairs(tomllib.loads(path.read_text(encoding="utf-8"))):
            found.setdefault(ja, set()).add(en)
    return {ja: left for ja, words in found.items() if len(left := different(ja, words)) > 1}


def listed() -> dict[str, set[str]]:
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8"))["term"]
    assert all(entry["why"] for entry in entries)
    return {entry["ja"]: set(entry["en"]) for entry in entries}


def test_a_japanese_term_has_one_english_one_or_a_reason() -> None:
    assert {ja: words for ja, words in several().items() if ja not in listed()} == {}


def test_a_listed_term_has_the_words_that_the_list_says_and_no_other() -> None:
    now = several()
    assert {ja: {singular(word) for word in now.get(ja, set())} for ja in listed()} == {
        ja: {singular(word) for word in words} for ja, words in listed().items()
    }


def test_plurals_and_short_forms_are_one_term() -> None:
    assert different("ジニ", {"gini", "gini coefficient"}) == {"gini coefficient"}
    assert len(different("しきい値", {"threshold", "thresholds"})) == 1
    assert different("GRR", {"grr", "gross revenue retention"}) == {"gross revenue retention"}
    assert different("判定", {"level", "verdict"}) == {"level", "verdict"}
