"""A backtest as one table and as plain numbers: the same for a cell, the command, the button and the report."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, Final

from engine.language import words
from engine.language.display import date_text
from engine.language.errors import Text
from engine.measures.backtest.result import LOSSES
from engine.measures.backtest.sentences import RULERS, verdict_of, verdict_text

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.measures.backtest.bins import Bin
    from engine.measures.backtest.result import Backtest, Origin, Ranker
    from engine.scoring.portfolio import Portfolio

Rows = list[list[object]]

COLUMNS: Final = (
    Text("区分", "Section"),
    Text("項目", "Item"),
    Text("n", "n"),
    Text("該当", "Events"),
    Text("予測", "Predicted"),
    Text("実績", "Actual"),
    Text("下限", "Low"),
    Text("上限", "High"),
    Text("AUC", "AUC"),
    Text("Brierスキル", "Brier skill"),
    Text("上位1割の損失捕捉", "Loss found in first tenth"),
    Text("順位相関", "Rank correlation"),
    Text("判定前12か月の売上", "Sales 12 months before"),
    Text("判定後の売上", "Sales after"),
    Text("予測した売上", "Sales predicted"),
)
SECTIONS: Final = {
    "level": Text("水準", "Level"),
    "tenth": Text("順位", "Tenth"),
    "all": Text("全体", "All"),
    "ranker": Text("並べ方", "Ranked by"),
    "origin": Text("判定日", "Origin"),
    "note": Text("注", "Note"),
}
GRADE: Final = Text("本ツールの判定", "our grade")
_EVERYBODY: Final = Text("検証した顧客", "customers tested")
_TENTH: Final = Text("{}番目の1割", "tenth {}")


def ranker_text(code: str) -> Text:
    """Return what a ranking goes by."""
    return GRADE if code == "grade" else RULERS[code]


def item_text(bin_: Bin) -> Text:
    """Return the name of a level, a tenth or the whole."""
    if bin_.key == "all":
        return _EVERYBODY
    if bin_.key.isdigit():
        return Text(*(each.format(bin_.key) for each in _TENTH))
    return words.text("levels", bin_.key)


def rows_of(found: Backtest, portfolio: Portfolio, lang: Lang) -> Rows:
    """Return the verdict in the first row, the headings in the second, then levels, tenths, rankings, origins and notes.

    Shares are 0–1, money is in whole units; what is not known is blank. For losses `Events` counts customers without a
    purchase, for growth those that grew.
    """
    unit = 10**portfolio.digits
    width = len(COLUMNS)
    rows: Rows = [[verdict_text(found).to(lang)], [text.to(lang) for text in COLUMNS]]
    for section, bins in (("level", found.levels), ("tenth", found.tenths), ("all", (found.whole,))):
        rows += [
            [SECTIONS[section].to(lang), item_text(each).to(lang), *_tabulate_bin(each, found, unit)] for each in bins
        ]
    rows += [
        [SECTIONS["ranker"].to(lang), ranker_text(each.code).to(lang), *_tabulate_ranker(each)]
        for each in found.rankers
    ]
    rows += [
        [SECTIONS["origin"].to(lang), date_text(each.day, lang), *_tabulate_origin(each, found, unit)]
        for each in found.origins
    ]
    rows += [[SECTIONS["note"].to(lang), note.to(lang)] for note in notes_of(found)]
    return [[*row, *[""] * (width - len(row))] for row in rows]


def notes_of(found: Backtest) -> tuple[Text, ...]:
    """Return what a reader must know: who stated the predictions, what is missing, and what had no date."""
    notes = []
    if found.axis in LOSSES and found.stated == "base":
        notes.append(
            Text(
                f"予測は基本モデルによる({found.model.ja})",
                f"predictions are those of the base model ({found.model.en})",
            )
        )
    elif found.axis in LOSSES and found.stated == "grade":
        notes.append(Text(f"基本モデル: {found.model.ja}", f"base model: {found.model.en}"))
    elif found.axis in LOSSES:
        notes.append(Text(f"予測の確率はない({found.model.ja})", f"no probability was stated ({found.model.en})"))
    notes += found.lacks
    if found.left_out:
        ja, en = ("、".join(each.ja for each in found.left_out), ", ".join(each.en for each in found.left_out))
        notes.append(
            Text(f"日付がなく過去の判定に使えない項目: {ja}", f"without a date, and not used for past grades: {en}")
        )
    return tuple(notes)


def _tabulate_bin(each: Bin, found: Backtest, unit: int) -> list[object]:
    counted = [each.customers, "" if each.actual is None else each.events]
    shares = [each.predicted, each.actual, each.low, each.high]
    if found.axis == "value":
        counted, shares = [each.customers, ""], [None] * 4
    return [*counted, *map(_blank_where_unknown, shares), *[""] * 4, *_divide_money_by_unit(each, unit)]


def _tabulate_ranker(each: Ranker) -> list[object]:
    return ["", "", "", "", "", "", *map(_blank_where_unknown, (each.auc, each.skill, each.found, each.correlation))]


def _tabulate_origin(each: Origin, found: Backtest, unit: int) -> list[object]:
    counted: list[object] = [each.customers, "" if found.axis == "value" else each.events]
    if not each.customers or isnan(each.predicted):
        ends: list[object] = [""] * 4
    else:
        shares = [each.predicted, each.events, each.low, each.high]
        ends = [_blank_where_unknown(share / each.customers) for share in shares]
    return [
        *counted,
        *ends,
        _blank_where_unknown(each.auc),
        "",
        "",
        "",
        *_divide_money_by_unit(each, unit),
        _divide_by_unit(each.expected, unit),
    ]


def _divide_money_by_unit(each: Bin | Origin, unit: int) -> list[object]:
    return [_divide_by_unit(amount, unit) for amount in (each.before, each.after)]


def _divide_by_unit(amount: float, unit: int) -> object:
    if isnan(amount):
        return ""
    return amount / unit if unit > 1 else round(amount)


def _blank_where_unknown(value: float | None) -> object:
    return "" if value is None or isnan(value) else value


def as_json(found: Backtest, portfolio: Portfolio) -> dict[str, Any]:
    """Return a backtest as plain numbers: amounts in whole units, null where something is not known."""
    unit = 10**portfolio.digits
    facts = verdict_of(found)
    return {
        "axis": found.axis,
        "horizon_days": found.days,
        "verdict": verdict_text(found)._asdict(),
        "facts": {
            "level": facts.level,
            "origins": facts.origins,
            "customers": facts.customers,
            "events": facts.events,
            "low": facts.low,
            "high": facts.high,
            "all_customers": facts.all_customers,
            "all_events": facts.all_events,
            "standing": facts.standing,
        },
        "levels": [_make_bin_json(each, unit) for each in found.levels],
        "tenths": [_make_bin_json(each, unit) for each in found.tenths],
        "all": _make_bin_json(found.whole, unit),
        "rankers": [
            {
                "by": each.code,
                **{
                    name: _drop_nan_of_backtest(getattr(each, name))
                    for name in ("auc", "apart", "low", "high", "skill", "found", "correlation")
                },
            }
            for each in found.rankers
        ],
        "origins": [_make_origin_json(each, unit) for each in found.origins],
        "stated_by": found.stated or None,
        "unranked": found.unranked,
        "notes": [note._asdict() for note in notes_of(found)],
    }


def _make_bin_json(each: Bin, unit: int) -> dict[str, Any]:
    shares = {name: getattr(each, name) for name in ("predicted", "actual", "low", "high")}
    money = {"sales_before": each.before / unit, "sales_after": each.after / unit}
    return {"key": each.key, "customers": each.customers, "events": each.events, **shares, **money}


def _make_origin_json(each: Origin, unit: int) -> dict[str, Any]:
    return {
        "day": each.day.isoformat(),
        "until": each.until.isoformat(),
        "customers": each.customers,
        "events": each.events,
        **{name: _drop_nan_of_backtest(getattr(each, name)) for name in ("predicted", "low", "high", "auc")},
        "sales_before": each.before / unit,
        "sales_after": each.after / unit,
        "sales_predicted": _drop_nan_of_backtest(each.expected / unit),
    }


def _drop_nan_of_backtest(value: float) -> float | None:
    return None if isnan(value) else value
