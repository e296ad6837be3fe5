"""Who stayed: rates and bridges, survival, and the cohort triangle."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Final

from addin.functions import helps, spills
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from engine.language import words
from engine.language.dates import parse_date
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Lang, Refusal, Text
from engine.measures import retention
from engine.measures.retention import cohorts, survival
from engine.measures.retention.bridges import CUSTOMERS, REVENUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller
    from engine.measures.retention import Period, Rate
    from engine.scoring.portfolio import Portfolio

Rows = list[list[object]]

KIND: Final = Help(
    "words",
    Text("種類", "kind"),
    Text(
        "維持率・リテンション率・チャーン率・GRR・NRR・顧客化率・売上チャーン率・顧客ブリッジ・売上ブリッジ・生存曲線"
        "(省略時は全種類の表)。「値のみ」で見出しなし",
        "Retention, Repurchase, Churn, GRR, NRR, Conversion, Revenue churn, Customer bridge, Revenue bridge or Survival "
        "(a table of all rates when left out)",
    ),
)
BY: Final = Help(
    "words",
    Text("切り口", "by"),
    Text(
        "セグメント・業界・地域・規模・担当・チャネル・状態、分類名、顧客表の列名、または 月・四半期・半期・年度(推移)",
        "Segment, Industry, Region, Size, Owner, Channel, State, a scheme, a column; or Month, Quarter, Half-year, "
        "Fiscal year (a trend)",
    ),
)
PERIOD: Final = Help(
    "words",
    Text("期間", "period"),
    Text(
        "直近12か月(既定)・前12か月・今月・前月・今四半期・前四半期・上期・下期・今年度・前年度、または 2026年4月・2026年度上期 など",
        "Last 12 months (default), This month, Previous quarter, First half, This fiscal year and so on, or a name: "
        "2026-04, FY2026 H1, FY2026 Q1, FY2026",
    ),
)
GRAIN: Final = Help(
    "words",
    Text("区切り", "grain"),
    Text("月・四半期(既定)・半期・年度", "Month, Quarter (default), Half-year or Fiscal year"),
)
MEASURE: Final = Help(
    "words",
    Text("項目", "measure"),
    Text(
        "率(既定)・社数・売上・回数。「値のみ」で見出しなし",
        "Rate (default), Customers, Sales or Orders; Values only drops the header",
    ),
)
RATE_COLUMNS: Final = (
    Text("n", "n"),
    Text("分母", "Denominator"),
    Text("分子", "Numerator"),
    Text("下限", "Low"),
    Text("上限", "High"),
    Text("開始日", "From"),
    Text("終了日", "To"),
)
SURVIVAL: Final = (
    Text("日数", "Days"),
    Text("観察数", "At risk"),
    Text("離脱", "Lost"),
    Text("生存率", "Survival"),
    Text("標準誤差", "Standard error"),
    Text("下限", "Low"),
    Text("上限", "High"),
)
_NO_PURCHASE: Final = Text("購入なし(返品のみ)", "No purchase (returns only)")


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="維持率・リテンション率・チャーン率・GRR・NRR・顧客化率を返します。種類だけなら数値、切り口や期間の推移は n と95%区間の付いた表。",
    en="Returns retention, repurchase, churn, GRR, NRR or conversion: a number for a kind alone, else a table with n and "
    "the 95 % interval.",
    arguments={"kind": KIND, "by": BY, "period": PERIOD, "run": helps.RUN},
)
def PORTFOLIO_RETENTION(  # noqa: N802
    kind: Sequence[Cell] = (),
    by: Sequence[Cell] = (),
    period: Sequence[Cell] = (),
    run: Cell = None,
    *,
    caller: Caller,
) -> object:
    """Return one rate, or a table of rates, a bridge or survival curves with a header row."""
    view = view_of(run, caller)
    plain, spoken = one_word(kind, KIND.label)
    by_plain, group = one_word(by, BY.label)
    period_plain, when = one_word(period, PERIOD.label, date1904=caller.date1904)
    code = None if spoken is None else words.resolve("retention", spoken, KIND.label)
    stretch = None if when is None else retention.period_for(view.portfolio, when)
    if code in retention.RATES and code is not None and group is None:
        return retention.rate(view.portfolio, code, stretch).value
    key = ("PORTFOLIO_RETENTION", code, group, when, caller.lang)
    rows = view.portfolio.once(key, lambda: _write_retention_table(view.portfolio, code, group, stretch, caller.lang))
    return rows[1:] if plain or by_plain or period_plain else rows


def one_word(cells: Sequence[Cell], what: Text, *, date1904: bool = False) -> tuple[bool, str | None]:
    """Return whether 値のみ is among the words, and the one other word; None where there is none.

    A spreadsheet makes a date of `2026/4`, and a number of `2026`: the month of a date and a whole number are words, too.

    Raises
    ------
    Refusal
        When there are several words.
    """
    spoken = [_read_period_word(cell, date1904) for cell in cells]
    if len(spoken) == 1 and not spills.take_values_only(words_of(spoken))[0]:
        return False, spoken[0]  # a column's own name may hold a comma or a middle dot
    plain, chosen = spills.take_values_only(words_of(spoken))
    if len(chosen) > 1:
        raise Refusal(
            "argument",
            f"{what.ja}は1つだけ指定してください({'・'.join(chosen)})",
            f"give one {what.en} only ({', '.join(chosen)})",
        )
    return plain, chosen[0] if chosen else None


def _read_period_word(cell: Cell, date1904: bool) -> str:
    if isinstance(cell, float) and cell.is_integer() and cell < 10_000:
        return str(int(cell))
    day = None if isinstance(cell, str | bool) else parse_date(cell, date1904)
    return f"{day.year}-{day.month}" if isinstance(day, date) else str(cell)


def _write_retention_table(
    portfolio: Portfolio, code: str | None, by: str | None, period: Period | None, lang: Lang
) -> Rows:
    if code in ("bridge", "revenue_bridge") and code is not None:
        return _write_retention_bridge(portfolio, code, by, period, lang)
    if code == "survival":
        return _write_survival_table(portfolio, by, lang)
    if code is not None:
        head = [retention.title_of(by), words.text("retention", code), *RATE_COLUMNS]
        found = retention.rates_by(portfolio, code, by, period)
        return [
            _write_retention_header(head, lang),
            *([each.label.to(lang), *_write_rate_cells(each, portfolio, lang)] for each in found),
        ]
    head = [Text("種類", "Kind"), Text("値", "Value"), *RATE_COLUMNS]
    if by is not None:
        head.insert(0, retention.title_of(by))
    return [_write_retention_header(head, lang), *_write_all_rates(portfolio, by, period, lang)]


def _write_retention_header(head: Iterable[Text], lang: Lang) -> list[object]:
    return [text.to(lang) for text in head]


def _write_all_rates(portfolio: Portfolio, by: str | None, period: Period | None, lang: Lang) -> Rows:
    """Return every rate that these data can carry; refuse with the first reason where there is none."""
    rows: Rows = []
    refused: list[Refusal] = []
    for kind in retention.RATES:
        name = words.label("retention", kind, lang)
        try:
            found = retention.rates_by(portfolio, kind, by, period)
        except Refusal as refusal:
            refused.append(refusal)
            if by is None:
                rows.append([name, NOT_AVAILABLE.to(lang), *[""] * len(RATE_COLUMNS)])
            continue
        rows += [
            [*([each.label.to(lang)] if by else []), name, *_write_rate_cells(each, portfolio, lang)] for each in found
        ]
    if len(refused) == len(retention.RATES):
        raise refused[0]
    return rows


def _write_rate_cells(each: Rate, portfolio: Portfolio, lang: Lang) -> list[object]:
    """Return value, n, denominator, numerator, interval and days of a rate; money in whole units."""
    unit = 10**portfolio.digits if each.kind in retention.MONEY_KINDS else 1
    counts = [each.n, each.denominator / unit if unit > 1 else each.denominator]
    counts.append(each.numerator / unit if unit > 1 else each.numerator)
    return [
        *spills.figure_cells((each.value,), lang),
        *counts,
        *spills.figure_cells((each.low, each.high), lang),
        each.period.first,
        each.period.last,
    ]


def _write_retention_bridge(portfolio: Portfolio, code: str, by: str | None, period: Period | None, lang: Lang) -> Rows:
    columns = CUSTOMERS if code == "bridge" else REVENUE
    unit = 1 if code == "bridge" else 10**portfolio.digits
    frame = retention.bridge_by(portfolio, code, by, period)
    amounts = [frame[name].tolist() for name in columns]
    cells = [[each / unit for each in values] if unit > 1 else values for values in amounts]
    head = [retention.title_of(by), *columns.values(), *RATE_COLUMNS[-2:]]
    days = [frame[name].tolist() for name in ("first", "last")]
    return [
        _write_retention_header(head, lang),
        *map(list, zip(frame[f"label_{lang}"].tolist(), *cells, *days, strict=True)),
    ]


def _write_survival_table(portfolio: Portfolio, by: str | None, lang: Lang) -> Rows:
    """Return the steps of each group's curve: one row per day on which somebody was lost."""
    if retention.grain_of(portfolio, by) is not None:
        raise Refusal(
            "argument", f"生存曲線に切り口「{by}」は使えません", f'survival cannot be shown by "{by}"; use a column'
        )
    rows: Rows = [_write_retention_header([retention.title_of(by), *SURVIVAL], lang)]
    for _, label, curve in survival.customer_survival(portfolio, by):
        for at in range(len(curve.time)):
            if curve.events[at]:
                counts = [int(curve.time[at]), int(curve.at_risk[at]), int(curve.events[at])]
                shares = (float(column[at]) for column in (curve.survival, curve.error, curve.low, curve.high))
                rows.append([label.to(lang), *counts, *spills.figure_cells(shares, lang)])
    return rows


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="初回購入の月・四半期・半期・年度ごとに顧客を追うコホート表を返します。列は初回からの経過。まだ来ていない欄は空白です。",
    en="Returns the cohort triangle: customers by the period of their first order, followed period by period. "
    "What is still to come is blank.",
    arguments={"grain": GRAIN, "measure": MEASURE, "run": helps.RUN},
)
def PORTFOLIO_COHORT(  # noqa: N802
    grain: Sequence[Cell] = (), measure: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per cohort: its period, its customers, and the measure at age 0, 1, 2 and so on."""
    view = view_of(run, caller)
    plain, spoken = one_word(grain, GRAIN.label)
    also_plain, wanted = one_word(measure, MEASURE.label)
    step = "quarter" if spoken is None else words.resolve("grains", spoken, GRAIN.label)
    code = "rate" if wanted is None else words.resolve("cohort_measures", wanted, MEASURE.label)
    key = ("PORTFOLIO_COHORT", step, code, caller.lang)
    rows = view.portfolio.once(key, lambda: _write_cohort_triangle(view.portfolio, step, code, caller.lang))
    return rows[1:] if plain or also_plain else rows


def _write_cohort_triangle(portfolio: Portfolio, grain: str, measure: str, lang: Lang) -> Rows:
    found = cohorts.triangle(portfolio, grain)
    unit = 10**portfolio.digits if measure == "sales" else 1
    ages = range(len(found.periods))
    rows: Rows = [[Text("コホート", "Cohort").to(lang), Text("社数", "Customers").to(lang), *ages]]
    for at, line in enumerate(found.cells(measure).tolist()):
        cells = ["" if math.isnan(cell) else cell / unit for cell in line]
        rows.append([found.periods[at].text.to(lang), int(found.size[at]), *cells])
    if measure == "sales" and found.unplaced:  # with it the cells sum to the orders
        rows.append([_NO_PURCHASE.to(lang), 0, found.unplaced / unit, *[""] * (len(ages) - 1)])
    return rows
