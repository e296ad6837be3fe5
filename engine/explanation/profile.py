"""One customer on a card: who it is, what it buys, how it stands, what is next; and why something is not known.

Decision 0163: why the persona is a real customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.cleaning.missing_table import absence
from engine.definition.metrics import by_column, show
from engine.explanation.trace.lines import name_of
from engine.explanation.trace.origins import lineage_of, places_of, table_of
from engine.language import words
from engine.language.display import NOT_AVAILABLE, number, percent
from engine.language.errors import Refusal, Text
from engine.reading.columns import columns, table_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from engine.scoring.portfolio import Portfolio

_OPPORTUNITIES: Final = 3
_LEVELS: Final = ("value", "continuity", "growth", "risk")
_BOUGHT: Final = ("sales_12m", "growth_rate", "share", "gross_profit_12m", "margin_rate", "net_profit_12m")
_RHYTHM: Final = ("recency_days", "orders", "sales_total", "gap_median", "next_order")
_CREDIT: Final = ("credit_use", "overdue_days")
_VOICE: Final = (
    *("contact_rate", "contact_change", "last_contact", "open_items", "complaints", "last_complaint"),
    *("nps_score", "satisfaction"),
)


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of the card.

    Parameters
    ----------
    key
        Its code: a column of the scored table, or a word such as `group` or `opportunity_1`.
    label
        What it is called.
    value
        What it is, as people write it; 算出不可 with the missing input where it is unknown.
    known
        Whether it is known.
    """

    key: str
    label: Text
    value: Text
    known: bool = True


def profile(portfolio: Portfolio, position: int) -> tuple[CardLine, ...]:
    """Return the card of the customer at `position`, from name to lifetime value.

    Values are written out (amounts with their unit, dates as dates): a card is read, and its one column could hold
    no number format that fits them all. Numbers to calculate with come from the metrics.
    """
    return (
        *_list_identity_lines(portfolio, position),
        *_list_standing_lines(portfolio, position),
        *(_make_metric_card_line(portfolio, position, column) for column in _BOUGHT),
        *(_make_metric_card_line(portfolio, position, column) for column in _RHYTHM),
        _make_overdue_line(portfolio, position),
        *_list_contract_lines(portfolio, position),
        *_list_plan_card_lines(portfolio, position),
        _make_master_line(portfolio, position, "credit_limit"),
        *(_make_metric_card_line(portfolio, position, column) for column in _CREDIT),
        *(_make_metric_card_line(portfolio, position, column) for column in _VOICE),
        *_list_opportunity_lines(portfolio, position),
        *_list_prospect_lines(portfolio, position),
    )


def missing_input(portfolio: Portfolio, position: int, column: str) -> Text:
    """Return which input a missing metric lacks: a table, a column of the customer table, a cost, purchases."""
    lineage = lineage_of(column)
    needed = [origin for origin in lineage.origins if origin.fields != ("hours",)]  # hours are a help, no need
    for origin in needed:
        table = table_of(portfolio, origin.table)
        if table is None:
            return absence(portfolio.tables, origin.table)
        for field in origin.fields if origin.table == "customers" else ():
            if field not in table or pd.isna(table[field].iloc[position]):
                return _word_blank_customer_field(field)
    for origin in needed:
        if not len(places_of(portfolio, origin, position)):
            name = table_text(origin.table)
            return Text(f"期間内の{name.ja}がありません", f"no row of {name.en.lower()} in the period")
    if column == "roi" and pd.notna(portfolio.frame["net_profit_12m"].iloc[position]):
        return Text(
            "分母になる費用(獲得費・訪問費など)がありません", "no cost that ROI is measured on (acquisition, visits …)"
        )
    if "profit.cost_gap_days" in lineage.keys and pd.notna(portfolio.frame["gross_profit_12m"].iloc[position]):
        return Text("費用の表が期間をおおっていません", "the costs do not cover the period")
    if any("cost" in origin.fields for origin in lineage.origins):
        return Text("原価のない取引があります", "some orders lack their cost")
    if "rhythm.min_purchases" in lineage.keys:
        least = int(portfolio.definition.number("rhythm.min_purchases"))
        return Text(f"購入が{least}回以上必要です", f"needs {least} purchases")
    if "growth.grace_days" in lineage.keys:
        return Text("前年の初めからの取引が必要です", "needs orders from the start of the year before")
    return Text("データが足りません", "too little data")


def _make_card_line(key: str, label: Text, value: object) -> CardLine:
    """Return a line of plain text; unknown where it is blank."""
    if value is None or pd.isna(value) or value == "":  # type: ignore[call-overload]  # any cell
        return CardLine(key, label, NOT_AVAILABLE, known=False)
    return CardLine(key, label, Text(str(value), str(value)))


def _make_unknown_card_line(key: str, label: Text, reason: Text) -> CardLine:
    value = Text(f"{NOT_AVAILABLE.ja}({reason.ja})", f"{NOT_AVAILABLE.en} ({reason.en})")
    return CardLine(key, label, value, known=False)


def _find_customer_column_text(key: str) -> Text:
    return next(each.text for each in columns("customers") if each.key == key)


def _word_blank_customer_field(field: str) -> Text:
    name = _find_customer_column_text(field)
    return Text(f"顧客表の「{name.ja}」が空欄です", f'"{name.en}" of the customer is blank')


def _list_identity_lines(portfolio: Portfolio, position: int) -> Iterator[CardLine]:
    row = portfolio.frame.iloc[position]
    for key in ("name", "customer_id"):
        yield _make_card_line(key, _find_customer_column_text(key), row[key])
    yield CardLine("group", Text("グループ", "Group"), _word_group_membership(portfolio, position))
    for key in ("industry", "region", "size", "owner", "channel"):
        blank = _word_blank_customer_field(key)
        line = _make_card_line(key, _find_customer_column_text(key), row[key])
        yield line if line.known else _make_unknown_card_line(key, line.label, blank)


def _word_group_membership(portfolio: Portfolio, position: int) -> Text:
    names, group, top = portfolio.frame["name"], portfolio.group_of, int(portfolio.group_of[position])
    members = int((group == top).sum())
    parent = portfolio.frame["parent_id"].iloc[position]
    if top != position:
        return Text(f"親: {names.iloc[top]}(グループ{members}社)", f"parent: {names.iloc[top]} (group of {members})")
    if members > 1:
        named = "" if pd.isna(parent) else str(parent)
        return Text(f"{named or '親会社'}(グループ{members}社)", f"{named or 'parent'} (group of {members})")
    return Text("単独", "on its own")


def _list_standing_lines(portfolio: Portfolio, position: int) -> Iterator[CardLine]:
    row = portfolio.frame.iloc[position]
    total = row["score_total"]
    if pd.isna(total):
        reason = Text("判定できる軸が足りません", "too few axes have data")
        yield _make_unknown_card_line("score_total", Text("総合点", "Total score"), reason)
    else:
        sure = Text(f"(信頼度{number(row['confidence'], 'ja')})", f" (confidence {number(row['confidence'], 'en')})")
        told = Text(f"{number(total, 'ja', 1)}点{sure.ja}", f"{number(total, 'en', 1)}{sure.en}")
        yield CardLine("score_total", Text("総合点", "Total score"), told)
    for axis in _LEVELS:
        level, score = words.text("levels", str(row[f"level_{axis}"])), row[f"score_{axis}"]
        if pd.isna(score):
            yield CardLine(f"level_{axis}", words.text("axes", axis), level, known=False)
            continue
        told = Text(f"{level.ja}({number(score, 'ja', 1)}点)", f"{level.en} ({number(score, 'en', 1)})")
        yield CardLine(f"level_{axis}", words.text("axes", axis), told)
    yield CardLine("state", words.text("dimensions", "state"), words.text("states", str(row["state"])))
    for scheme, assignment in portfolio.assignments.items():
        name = portfolio.scheme_text(scheme)
        label = Text(f"分類: {name.ja}", f"Segment: {name.en}")
        if assignment.refused is not None:
            yield _make_unknown_card_line(f"segment_{scheme}", label, assignment.refused)
        else:
            told = portfolio.segment_text(scheme, str(assignment.segments[position]))
            yield CardLine(f"segment_{scheme}", label, told)
    yield CardLine(
        "strategy", _find_customer_column_text("strategy"), Text(str(row["strategy_ja"]), str(row["strategy_en"]))
    )


def _make_metric_card_line(portfolio: Portfolio, position: int, column: str) -> CardLine:
    """Return a metric's line, with the missing input where it is unknown."""
    metric, held = by_column(column), portfolio.frame[column].iloc[position]
    label = name_of(column)
    if pd.isna(held):
        return _make_unknown_card_line(column, label, missing_input(portfolio, position, column))
    if metric is not None and metric.unit == "date":
        return CardLine(column, label, _word_card_day(held))
    return CardLine(column, label, Text(*(show(metric, float(held), portfolio, lang) for lang in ("ja", "en"))))


def _word_card_day(held: date | pd.Timestamp) -> Text:
    return Text(f"{held:%Y/%m/%d}", f"{held:%Y-%m-%d}")


def _make_overdue_line(portfolio: Portfolio, position: int) -> CardLine:
    """Return how late the customer is by its own rhythm."""
    label, row = Text("自社の周期からの遅れ", "Late by its own rhythm"), portfolio.frame.iloc[position]
    if pd.isna(row["next_order"]):
        return _make_unknown_card_line("overdue", label, missing_input(portfolio, position, "next_order"))
    late = (portfolio.as_of - row["next_order"].date()).days
    ratio = row["overdue_ratio"]
    times = Text("", "") if pd.isna(ratio) else Text(f"(間隔の{ratio:.1f}倍)", f" ({ratio:.1f} of its gaps)")
    if late > 0:
        return CardLine("overdue", label, Text(f"{late}日超過{times.ja}", f"{late} days late{times.en}"))
    return CardLine("overdue", label, Text(f"なし(あと{-late}日)", f"none ({-late} days to go)"))


def _make_master_line(portfolio: Portfolio, position: int, field: str) -> CardLine:
    """Return a line of the customer table itself."""
    held: Any = portfolio.tables.customers[field].iloc[position]
    label = _find_customer_column_text(field)
    if pd.isna(held):
        return _make_unknown_card_line(field, label, _word_blank_customer_field(field))
    kind = next(each.kind for each in columns("customers") if each.key == field)
    if kind == "date":
        return CardLine(field, label, _word_card_day(held))
    if kind == "amount":
        return CardLine(field, label, Text(portfolio.money(int(held), "ja"), portfolio.money(int(held), "en")))
    return _make_card_line(field, label, held)


def _list_contract_lines(portfolio: Portfolio, position: int) -> Iterator[CardLine]:
    """Give the contract's end, and the last day on which notice can be given: the end less the days of notice."""
    yield _make_master_line(portfolio, position, "contract_end")
    master = portfolio.tables.customers.iloc[position]
    label = Text("解約予告の期限", "Last day for notice")
    for field in ("contract_end", "notice_days"):
        if pd.isna(master[field]):
            yield _make_unknown_card_line("notice_day", label, _word_blank_customer_field(field))
            return
    yield CardLine(
        "notice_day", label, _word_card_day(master["contract_end"] - pd.Timedelta(days=int(master["notice_days"])))
    )


def _list_plan_card_lines(portfolio: Portfolio, position: int) -> Iterator[CardLine]:
    """Give the account's plan and its next action; nothing where nobody planned anything for the customer."""
    from engine.planning.plan_lines import plan_lines  # only a card needs them here

    for key, label, value in plan_lines(portfolio, position):
        yield _make_card_line(key, label, None) if value is None else CardLine(key, label, value)


def _list_opportunity_lines(portfolio: Portfolio, position: int) -> Iterator[CardLine]:
    """Give the customer's best opportunities with their reasons, or why there are none."""
    from engine.measures.opportunities import next_for  # it reads the whole basket: only a card needs it here

    label = Text("機会", "Opportunity")
    try:
        found = next_for(portfolio, position, top=_OPPORTUNITIES)
    except Refusal as refusal:
        yield _make_unknown_card_line("opportunity_1", label, refusal.text)
        return
    if found.empty:
        yield CardLine("opportunity_1", label, Text("該当なし", "none"))
    names = ("product", "expected", "reason_ja", "reason_en")
    rows = zip(*(found[name].tolist() for name in names), strict=True)
    for place, (product, expected, ja, en) in enumerate(rows, start=1):
        worth = None if pd.isna(expected) else int(expected)
        told = Text(
            f"{product}(期待粗利 {portfolio.money(worth, 'ja')}/年): {ja}",
            f"{product} (expected gross profit {portfolio.money(worth, 'en')} a year): {en}",
        )
        yield CardLine(f"opportunity_{place}", Text(f"{label.ja}{place}", f"{label.en} {place}"), told)


def _list_prospect_lines(portfolio: Portfolio, position: int) -> Iterator[CardLine]:
    """Give lifetime value and churn where the data can carry a model, or why they cannot."""
    from engine.measures.value.lifetime import churn_probability, lifetimes  # fitting is for those who ask

    label = Text("LTV", "Lifetime value")
    try:
        valued = lifetimes(portfolio)
        mid, reason = valued.frame["mid"].iloc[position], valued.frame.iloc[position]
        if pd.isna(mid):
            yield _make_unknown_card_line("ltv", label, Text(str(reason["reason_ja"]), str(reason["reason_en"])))
        else:
            amount = Text(portfolio.money(float(mid), "ja"), portfolio.money(float(mid), "en"))
            told = Text(f"{amount.ja}({valued.convention.ja})", f"{amount.en} ({valued.convention.en})")
            yield CardLine("ltv", label, told)
    except Refusal as refusal:
        yield _make_unknown_card_line("ltv", label, refusal.text)
    label = Text("離反確率", "Probability of staying away")
    try:
        churn = churn_probability(portfolio)
    except Refusal as refusal:
        yield _make_unknown_card_line("churn", label, refusal.text)
        return
    chance, why = float(churn.probability[position]), churn.reasons[position]
    if np.isnan(chance):
        yield _make_unknown_card_line("churn", label, why or Text("データが足りません", "too little data"))
        return
    days = Text(f"{churn.days:g}日以内", f"within {churn.days:g} days")
    shown = Text(f"{percent(chance, 'ja')}({days.ja})", f"{percent(chance, 'en')} ({days.en})")
    yield CardLine("churn", label, shown)
