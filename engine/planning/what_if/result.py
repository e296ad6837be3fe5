"""What a what-if shows: the measures of the run and of the changed copy side by side, and who is judged otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from engine.language import words
from engine.language.display import percent
from engine.language.errors import Text
from engine.scoring.alerts import VERDICTS
from engine.scoring.concentration import group_sales, index
from engine.scoring.levels import AXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

Unit = Literal["money", "count", "number", "rate", "months", "text"]
Value = float | Text | None

BLANK: Final = Text("", "")
_UNITS: Final[dict[str, Unit]] = {
    "sales": "money",
    "gross_profit": "money",
    "customers": "count",
    "hhi": "number",
    "effective_number": "number",
    "top_name": "text",
    "top_share": "rate",
    "months_covered": "months",
    "alerts_firing": "count",
    "segments_filled": "count",
    "movers": "count",
}
_JUDGED: Final = {"hhi": "concentration", "effective_number": "spread", "top_share": "dependence"}
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result.

    Parameters
    ----------
    code
        `sales`, `hhi` … (the vocabulary's `trial_rows`), `alert`, `replacement`, `mover` or `note`.
    item
        Its name.
    unit
        Of `now` and `then`: money in minor units, rate 0–1, number, count, months, text.
    now, then
        In the run and in the changed copy; None where it cannot be told.
    delta
        then − now, or None.
    verdict
        What that means: a changed verdict, the rate of change, names; blank where there is nothing to say.
    """

    code: str
    item: Text
    unit: Unit
    now: Value
    then: Value
    delta: float | None
    verdict: Text


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer that is judged otherwise: its segments (codes) and, per axis, the level before and after."""

    customer_id: str
    name: str
    segment_now: str
    segment_then: str
    levels: tuple[tuple[str, str, str], ...]

    @property
    def changes(self) -> Text:
        """The changed levels as people read them."""
        said = [
            tuple(
                f"{words.label('axes', axis, lang)} {words.label('levels', now, lang)}→{words.label('levels', then, lang)}"
                for lang in ("ja", "en")
            )
            for axis, now, then in self.levels
        ]
        return Text("、".join(ja for ja, _ in said), ", ".join(en for _, en in said))


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of one what-if.

    Parameters
    ----------
    run
        The run's handle.
    rows
        指標 · 現在 · 変更後 · 差 · 判定変化, in this order.
    movers
        Every customer of both that is judged otherwise, the largest first; `rows` names only the first of them.
    notes
        What was changed, in order, and what the reader should know.
    """

    run: str
    rows: tuple[Row, ...]
    movers: tuple[Mover, ...]
    notes: tuple[Text, ...]

    def row(self, code: str) -> Row:
        """Return the first row with this code."""
        return next(row for row in self.rows if row.code == code)


def compare(
    now: Portfolio, then: Portfolio | None, place: NDArray[np.intp], said: Sequence[Text], further: Sequence[Row] = ()
) -> Trial:
    """Return the changed copy beside the run.

    Parameters
    ----------
    now
        The run.
    then
        The changed copy, scored; None where no customer is left.
    place
        For each customer of the copy, its position in the run.
    said
        What was changed.
    further
        Rows of the caller, shown before the movers.
    """
    before, after = now.once(("trial_measures",), lambda: _compute_trial_measures(now)), _compute_trial_measures(then)
    movers = () if then is None else _list_trial_movers(now, then, place)
    rows = [_compare_measure(code, before, after, now, then) for code in _UNITS if code != "movers"]
    rows += _list_alert_rows(now, then)
    rows += further
    rows += _list_mover_rows(now, movers)
    notes = (*said, *_word_trial_notes(now, then, place))
    rows += [Row("note", Text("注記", "Note"), "text", BLANK, BLANK, None, note) for note in notes]
    return Trial(now.handle, tuple(rows), movers, notes)


def _compute_trial_measures(portfolio: Portfolio | None) -> dict[str, Value]:
    """Return every measure of a portfolio, money in minor units; nobody left is sales of 0, and nothing else is known."""
    if portfolio is None:
        return {**dict.fromkeys(_UNITS), "sales": 0.0, "customers": 0.0, "segments_filled": 0.0}
    frame = portfolio.frame
    groups = group_sales(portfolio)
    sales = groups[groups > 0]
    values = sales.to_numpy(np.float64)
    profit = _sum_known_values(frame["gross_profit_12m"]) if frame["gross_profit_12m"].notna().all() else None
    name = None if sales.empty else str(frame["name"].iloc[int(sales.index[0])])
    return {
        "sales": _sum_known_values(frame["sales_12m"]),
        "gross_profit": profit,
        "customers": float(len(portfolio)),
        "hhi": _drop_nan_measure(index("hhi", values)),
        "effective_number": _drop_nan_measure(index("effective_number", values)),
        "top_name": None if name is None else Text(name, name),
        "top_share": _drop_nan_measure(index("cr1", values)),
        "months_covered": _count_months_of_fixed_cost(portfolio, profit),
        "alerts_firing": float(sum(alert.fires for alert in portfolio.alerts)),
        "segments_filled": float(frame["segment_standard"].nunique()),
    }


def _sum_known_values(values: pd.Series) -> float | None:
    total = values.sum(min_count=1)
    return None if pd.isna(total) else float(total)


def _drop_nan_measure(value: float) -> float | None:
    return None if np.isnan(value) else value


def _count_months_of_fixed_cost(portfolio: Portfolio, profit: float | None) -> float | None:
    """Months of fixed cost (`general.fixed_cost`, a year's) that a year's gross profit pays for."""
    fixed = portfolio.definition.number("general.fixed_cost") * 10**portfolio.digits
    return None if profit is None or not fixed > 0 else profit / fixed * _MONTHS


def _compare_measure(
    code: str, before: dict[str, Value], after: dict[str, Value], now: Portfolio, then: Portfolio | None
) -> Row:
    first, second = before.get(code), after.get(code)
    numeric = isinstance(first, float) and isinstance(second, float)
    delta = second - first if isinstance(first, float) and isinstance(second, float) else None
    said = BLANK
    if code in ("sales", "gross_profit") and numeric and isinstance(first, float) and first > 0 and delta:
        said = Text(*(f"{'+' if delta > 0 else ''}{percent(delta / first, lang)}" for lang in ("ja", "en")))
    elif code in _JUDGED:
        said = _word_verdict_change(now, then, _JUDGED[code])
    elif code == "months_covered":
        said = _word_why_months_unknown(now if then is None else then, second)
    elif code == "alerts_firing":
        said = _word_alerts_that_changed(now, then)
    elif code == "segments_filled":
        said = _word_emptied_segments(now, then)
    elif code == "top_name" and first != second:
        said = Text("交代", "Changes") if second is not None else BLANK
    return Row(code, words.text("trial_rows", code), _UNITS[code], first, second, delta, said)


def _list_verdicts_by_alert(portfolio: Portfolio | None) -> dict[str, str]:
    if portfolio is None:
        return dict.fromkeys(words.codes("alerts"), "unavailable")
    return {alert.code: alert.verdict for alert in portfolio.alerts}


def _word_verdict_change(now: Portfolio, then: Portfolio | None, alert: str) -> Text:
    first, second = _list_verdicts_by_alert(now)[alert], _list_verdicts_by_alert(then)[alert]
    if first == second:
        return words.text("verdicts", first)
    one, two = words.text("verdicts", first), words.text("verdicts", second)
    return Text(f"{one.ja} → {two.ja}", f"{one.en} → {two.en}")


def _word_why_months_unknown(portfolio: Portfolio, months: Value) -> Text:
    if months is not None:
        return BLANK
    if not portfolio.definition.number("general.fixed_cost") > 0:
        return Text("設定の年間固定費が空欄です", "the yearly fixed cost of the settings is blank")
    return Text("原価が分からない顧客があります", "the cost of some customers is not known")


def _tell_verdict_change(first: str, second: str) -> str | None:
    """Return what became of a test, a code of `trial_verdicts`, or None where its verdict stays."""
    if first == second:
        return None
    if second == "unavailable":
        return "unknown"
    if first == "unavailable":
        return "known" if second == "ok" else "fires"
    if first == "ok":
        return "fires"
    if second == "ok":
        return "clears"
    return "worse" if VERDICTS.index(second) < VERDICTS.index(first) else "better"


def _word_alerts_that_changed(now: Portfolio, then: Portfolio | None) -> Text:
    first, second = _list_verdicts_by_alert(now), _list_verdicts_by_alert(then)
    said: list[Text] = []
    for kind in words.codes("trial_verdicts"):
        codes = [code for code in first if _tell_verdict_change(first[code], second[code]) == kind]
        if codes:
            names = [words.text("alerts", code) for code in codes]
            word = words.text("trial_verdicts", kind)
            said.append(
                Text(
                    f"{word.ja}: {'、'.join(each.ja for each in names)}", f"{word.en}: {', '.join(e.en for e in names)}"
                )
            )
    return Text("。".join(each.ja for each in said), "; ".join(each.en for each in said))


def _word_emptied_segments(now: Portfolio, then: Portfolio | None) -> Text:
    left = set() if then is None else set(then.frame["segment_standard"])
    filled = set(now.frame["segment_standard"])
    gone = [words.text("segments.standard", code) for code in words.codes("segments.standard") if code in filled - left]
    if not gone:
        return BLANK
    return Text(f"空になる: {'、'.join(each.ja for each in gone)}", f"Emptied: {', '.join(each.en for each in gone)}")


def _list_alert_rows(now: Portfolio, then: Portfolio | None) -> list[Row]:
    """Return the tests whose verdict changes."""
    first, second = _list_verdicts_by_alert(now), _list_verdicts_by_alert(then)
    rows = []
    for code in first:
        kind = _tell_verdict_change(first[code], second[code])
        if kind is not None:
            one, two = words.text("verdicts", first[code]), words.text("verdicts", second[code])
            item = words.text("alerts", code)
            rows.append(Row("alert", item, "text", one, two, None, words.text("trial_verdicts", kind)))
    return rows


def _list_trial_movers(now: Portfolio, then: Portfolio, place: NDArray[np.intp]) -> tuple[Mover, ...]:
    columns = ["segment_standard", *(f"level_{axis}" for axis in AXES)]
    first = now.frame[columns].to_numpy(dtype=object)[place]
    second = then.frame[columns].to_numpy(dtype=object)
    moved = np.flatnonzero((first != second).any(axis=1))
    sales = now.frame["sales_12m"].to_numpy(np.float64, na_value=-np.inf)[place[moved]]
    ids, names = then.frame["customer_id"].tolist(), then.frame["name"].tolist()
    found = []
    for at in moved[np.argsort(-sales, kind="stable")].tolist():
        pairs = zip(AXES, first[at, 1:], second[at, 1:], strict=True)
        levels = tuple((axis, str(old), str(new)) for axis, old, new in pairs if old != new)
        found.append(Mover(str(ids[at]), str(names[at]), str(first[at, 0]), str(second[at, 0]), levels))
    return tuple(found)


def _list_mover_rows(now: Portfolio, movers: Sequence[Mover]) -> list[Row]:
    count = Row(
        "movers", words.text("trial_rows", "movers"), "count", 0.0, float(len(movers)), float(len(movers)), BLANK
    )
    shown = int(now.definition.number("trials.movers_shown"))
    rows = [count]
    for mover in movers[:shown]:
        one = words.text("segments.standard", mover.segment_now)
        two = words.text("segments.standard", mover.segment_then)
        item = Text(f"異動: {mover.name}", f"Moves: {mover.name}")
        rows.append(Row("mover", item, "text", one, two, None, mover.changes))
    return rows


def _word_trial_notes(now: Portfolio, then: Portfolio | None, place: NDArray[np.intp]) -> list[Text]:
    """Say how groups are counted, and that a loss leaves the rest of a group behind."""
    if now.tables.customers["parent_id"].isna().all():
        return []
    notes = [
        Text(
            "HHI・有効数・最大顧客は、親会社に集約したグループで数えています",
            "HHI, the effective number and the largest customer count groups, rolled up to their parent",
        )
    ]
    gone = np.setdiff1d(np.arange(len(now)), place)
    staying = np.isin(now.group_of[place], now.group_of[gone])
    if then is not None and staying.any():
        names = now.frame["name"].iloc[place[staying][:5]].astype(str).tolist()
        more = int(staying.sum()) - len(names)
        notes.append(
            Text(
                f"同じグループの{'、'.join(names)}{f'ほか{more}社' if more else ''}は残るとしました",
                f"of the same group, {', '.join(names)}{f' and {more} more' if more else ''} stay",
            )
        )
    return notes
