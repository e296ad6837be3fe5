"""R2 分類の見比べ: the same customers by every scheme side by side, and those on whom two schemes contradict each other.

Decision 0234: why schemes stand side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Refusal, Text
from engine.lists.disagreements import disagreements
from engine.lists.summary import summarise
from engine.scoring.concentration import largest_remainder
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.insights import tidy
from report_templates.document.report_data import answered
from report_templates.texts.formatting import count, known, share_number
from report_templates.texts.texts import Count, joined, say
from report_templates.texts.typeface import shortened

if TYPE_CHECKING:
    import pandas as pd

    from report_templates.document.report_data import Reading

_ELSEWHERE: Final = frozenset({"decile", "vol16_cell"})  # on the page on make-up; the cells of a scheme that is listed
_SCHEMES: Final = 11  # schemes listed: a company's own come last
_WHY: Final = 60  # width of why a scheme is not available, em: one line in either language
_LISTED: Final = 9  # contradictions listed: with them the page is full


@dataclass(frozen=True, kw_only=True)
class Schemes(Section):
    """The page on schemes; no table of contradictions where there are none."""

    table: Table
    contradictions: Table | None


def build(reading: Reading) -> Schemes | None:
    """Return the page; None where the data do not carry two schemes that could contradict each other."""
    found = answered(lambda: disagreements(reading.portfolio))
    if isinstance(found, Refusal):
        return None
    names = [name for name in reading.portfolio.schemes if name not in _ELSEWHERE][:_SCHEMES]
    told = [name for name in names if reading.portfolio.assignments[name].refused is None]
    return Schemes(
        key="schemes",
        number="R2",
        name=say("schemes.name"),
        message=_build_schemes_message(reading, found),
        subtitle=say("schemes.subtitle", n=len(told), period=reading.period),
        table=_build_schemes_table(reading, names),
        contradictions=_contradictions(reading, found) if len(found) else None,
        notes=(say("schemes.rules"),),
    )


def _tidy_scheme_classes(row: Any) -> Text:
    return tidy(Text(str(row.classes_ja), str(row.classes_en)), 30)


def _build_schemes_message(reading: Reading, found: pd.DataFrame) -> Text:
    """Return on how many customers schemes contradict each other, and the largest of them."""
    if not len(found):
        return say("schemes.message_none")
    first: Any = next(found.itertuples())
    customers = Count(found["customer"].nunique())
    return say(
        "schemes.message", n=customers, name=reading.quoted(int(first.customer)), classes=_tidy_scheme_classes(first)
    )


def _build_schemes_table(reading: Reading, names: list[str]) -> Table:
    heads = (("scheme", "start", 16), ("groups", "start", 76), ("total", "end", 8))
    return Table(
        "schemes",
        say("schemes.table"),
        tuple(Column(say(f"schemes.col_{head}"), align, span) for head, align, span in heads),  # type: ignore[arg-type]
        tuple(_build_scheme_row(reading, name) for name in names),
        note=say("schemes.note", n=Count(reading.n)),
    )


def _build_scheme_row(reading: Reading, name: str) -> tuple[Cell, ...]:
    """Return a scheme, its groups that have customers, and their sum; or why the data do not carry it."""
    label = Cell(tidy(reading.portfolio.scheme_text(name), 14), name)
    refused = reading.portfolio.assignments[name].refused
    if refused is not None:
        why = tidy(Text(refused.ja, shortened(refused.en, _WHY)), _WHY)
        return label, Cell(say("schemes.refused", why=why), None, "missing"), Cell(count(None), None)
    rows = summarise(reading.portfolio, "segment", ("customers", "share"), name).to_dict("records")
    groups = [row for row in rows if row["customers"]]
    shares = largest_remainder([known(row["share"]) or 0.0 for row in groups])
    parts = tuple(_group(reading, row, float(share)) for row, share in zip(groups, shares, strict=True))
    total = sum(int(row["customers"]) for row in groups)
    return label, Cell(joined(parts, "、", "; ")), Cell(count(total), total)


def _group(reading: Reading, row: dict[Any, Any], share: float) -> Text:
    name = tidy(Text(str(row["label_ja"]), str(row["label_en"])), 14)
    key = "schemes.group" if reading.divisible else "schemes.group_plain"
    return say(key, name=name, n=Count(row["customers"]), share=share_number(share))


def _contradictions(reading: Reading, found: pd.DataFrame) -> Table:
    shown: list[Any] = list(found.head(_LISTED).itertuples())
    places = reading.money.places(float(reading.sales.iloc[int(row.customer)]) for row in shown)
    heads = (("customer", "start", 22), ("sales", "end", 12), ("classes", "start", 32), ("meaning", "start", 34))
    return Table(
        "contradictions",
        say("schemes.contradictions", n=Count(found["customer"].nunique())),
        tuple(
            Column(say(f"schemes.col_{head}", unit=reading.money.label), align, span)  # type: ignore[arg-type]
            for head, align, span in heads
        ),
        tuple(_contradiction(reading, row, places) for row in shown),
    )


def _contradiction(reading: Reading, row: Any, places: int) -> tuple[Cell, ...]:
    position = int(row.customer)
    sales = known(reading.frame["sales_12m"].iloc[position])
    return (
        Cell(reading.name(position, 15), str(reading.frame["customer_id"].iloc[position]), "name"),
        Cell(reading.money.plain(sales, places), sales),
        Cell(_tidy_scheme_classes(row), int(row.rule)),
        Cell(tidy(Text(str(row.meaning_ja), str(row.meaning_en)), 34)),
    )
