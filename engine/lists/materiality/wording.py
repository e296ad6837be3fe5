"""The one place where findings become sentences, by the patterns of `findings.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.display import date_text, number, percent
from engine.language.errors import LANGUAGES, Lang, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.lists.materiality.finding import Cause, MaterialFinding
    from engine.scoring.portfolio import Portfolio

_SENTENCES: Final = ("engine.lists.materiality", "findings.toml")
_FINE: Final = ("ratio",)  # numbers that are told with a decimal; all others are counts
WHOLE: Final = ("limit",)  # shares: thresholds are whole percentages, what is measured has a decimal


def word_cause(portfolio: Portfolio, cause: Cause) -> Text:
    """Return the cause in a sentence."""
    facts = {
        lang: {
            **{name: portfolio.money(minor, lang) for name, minor in cause.amounts.items()},
            **{name: percent(part, lang, int(name not in WHOLE)) for name, part in cause.shares.items()},
            **{name: number(each, lang, int(name in _FINE)) for name, each in cause.numbers.items()},
            **{name: date_text(day, lang) for name, day in cause.dates.items()},
            **{name: word.to(lang) for name, word in cause.words.items()},
        }
        for lang in LANGUAGES
    }
    return _write_sentence("causes", cause.rule, facts)


def word_event(code: str, limit: float) -> Text:
    """Return what may happen to a customer on which much depends: `lost` or `shrinks` (by `limit`, a part of 1)."""
    return _write_sentence("events", code, {lang: {"limit": percent(limit, lang, 0)} for lang in LANGUAGES})


def word_measure(code: str) -> Text:
    """Return what money is measured in, for a sentence: `sales`, `gross_profit` or `contribution`."""
    return words.load_sentences(*_SENTENCES)["measures"][code]


def word_customers(portfolio: Portfolio, customers: tuple[int, ...]) -> Text:
    """Return the first customer's name, and how many there are beside it; the company where there is none."""
    if not customers:
        return _write_sentence("who", "company", {lang: {} for lang in LANGUAGES})
    name, rest = str(portfolio.frame["name"].iloc[customers[0]]), len(customers) - 1
    facts = {lang: {"name": name, "rest": number(rest, lang)} for lang in LANGUAGES}
    return _write_sentence("who", "several" if rest else "one", facts)


def word_head(portfolio: Portfolio, row: MaterialFinding, basis: str) -> Text:
    """Return the finding that leads the table as one sentence."""
    kind, measure = words.text("finding_kinds", row.kind), word_measure(basis)
    facts = {
        lang: {
            "kind": kind.to(lang),
            "who": row.who.to(lang),
            "what": row.what.to(lang),
            "basis": measure.to(lang),
            "expected": portfolio.money(row.expected, lang),
        }
        for lang in LANGUAGES
    }
    return _write_sentence(
        "summaries", "head" if len(row.customers) == 1 or row.kind == "dependent" else "head_group", facts
    )


def word_all_is_well(portfolio: Portfolio, least: int, doubtful: int) -> Text:
    """Return that all is well, and how many findings rest on too little evidence."""
    facts = {lang: {"least": portfolio.money(least, lang), "count": number(doubtful, lang)} for lang in LANGUAGES}
    return _write_sentence("summaries", "well_but" if doubtful else "well", facts)


def _write_sentence(kind: str, key: str, facts: Mapping[Lang, Mapping[str, str]]) -> Text:
    return words.load_sentences(*_SENTENCES)[kind][key].fill(facts)
