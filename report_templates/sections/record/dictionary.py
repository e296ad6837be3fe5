"""R11 指標辞書: what each metric of the report means, its unit, what it is read from, and how much data it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.explanation.dictionary import entries, fed, read_from
from engine.language import display
from engine.language.errors import LANGUAGES, Text
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.texts.texts import Count, plain, say

if TYPE_CHECKING:
    from engine.explanation.dictionary import Entry
    from engine.scoring.portfolio import Portfolio
    from report_templates.document.report_data import Reading

# The metrics that the pages print (churn is what retention lacks of 100 %), by their keys in the dictionary, in the order of the pages.
PRINTED: Final = (
    "metrics.sales",
    "metrics.share",
    "metrics.growth_rate",
    "metrics.margin_rate",
    "metrics.net_profit",
    "axes.total",
    "indices.hhi",
    "indices.cr1",
    "indices.effective_number",
    "indices.customers_80",
    "metrics.interval",
    "metrics.overdue",
    "metrics.next_order",
    "worth.ltv",
    "worth.cac",
    "worth.payback_months",
    "worth.ltv_cac",
    "retention.retention",
    "retention.repurchase",
    "retention.grr",
    "retention.nrr",
    "retention.conversion",
    "voice.nps",
    "voice.csat",
    "voice.contacts",
)
_DEFINING: Final = {
    "axes.total": 1,
    "voice.contacts": 1,
}  # which sentence of the glossary defines the metric, where it is not the first
_FORMULA: Final = ("÷", "mean", "less")
_MONEY: Final = frozenset({"metrics.sales", "metrics.net_profit", "worth.ltv", "worth.cac"})


@dataclass(frozen=True, kw_only=True)
class Dictionary(Section):
    """The page that is the metric dictionary."""

    metrics: Table


def build(reading: Reading) -> Dictionary:
    """Return the metric dictionary; of a metric without its data, what is missing."""
    portfolio = reading.portfolio
    known = {each.key: each for each in entries(portfolio.definition)}
    shown = [known[key] for key in PRINTED]
    told = sum(fed(each, portfolio) for each in shown)
    lacking = len(shown) - told
    return Dictionary(
        key="dictionary",
        number="R11",
        name=say("dictionary.name"),
        message=say("dictionary.message_lacking" if lacking else "dictionary.message", n=Count(len(shown)), k=told),
        subtitle=say("dictionary.subtitle", version=portfolio.definition.version, hash=portfolio.definition.hash[:12]),
        metrics=_build_dictionary_table(shown, portfolio),
    )


def _build_dictionary_table(shown: list[Entry], portfolio: Portfolio) -> Table:
    heads = (("name", 13), ("unit", 7), ("meaning", 43), ("inputs", 14), ("least", 23))
    columns = tuple(Column(say(f"dictionary.col_{head}"), "start", span) for head, span in heads)
    return Table(
        "metrics", say("dictionary.table"), columns, tuple(_build_dictionary_row(each, portfolio) for each in shown)
    )


def _build_dictionary_row(entry: Entry, portfolio: Portfolio) -> tuple[Cell, ...]:
    least = entry.least if entry.least.ja else say("dictionary.one")
    known = fed(entry, portfolio)
    return (
        Cell(_name(entry.name), entry.key),
        Cell(_write_entry_unit(entry, portfolio)),
        Cell(sentence(entry.meaning, _DEFINING.get(entry.key, 0))),
        Cell(read_from(entry, portfolio)),
        Cell(least) if known else Cell(say("dictionary.missing"), tone="missing"),
    )


def _name(name: Text) -> Text:
    """Return a metric's name; where the field knows it by Latin letters alone, as the pages print it: LTV, GRR."""
    return plain(name.ja) if name.ja.isascii() else name


def _write_entry_unit(entry: Entry, portfolio: Portfolio) -> Text:
    """Return the unit; of an amount, that of the run: its currency, or the index of a masked edition."""
    if entry.key not in _MONEY or not portfolio.currency:
        return entry.unit
    return Text(*(display.unit_label(portfolio.currency, lang, "one") for lang in LANGUAGES))


def sentence(text: Text, place: int) -> Text:
    """Return the sentence at `place`: it defines the metric, and what follows goes on to explain.

    Of an English one, which is longer, what stands behind a semicolon, or behind a colon where that is no formula, is
    explanation too.
    """
    english = text.en.split(". ")[place].partition("; ")[0]
    head, _, rest = english.partition(": ")
    english = english if any(sign in rest for sign in _FORMULA) else head
    return Text(text.ja.split("。")[place], english.removesuffix("."))
