"""What if a customer is lost, or a value, a threshold or a weight is another: scored anew, beside the run.

Every answer comes of the one way from tables to portfolio (`engine.scoring.scoring.score`): losing a customer gives exactly what
scoring without its rows gives. The run itself is never changed, and an answer is made once per run and question.

Decision 0150: why a what-if is scored anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.display import money_text, percent
from engine.language.errors import Refusal, Text
from engine.planning.what_if.cases import Case, Comparison, rows_json, side_by_side
from engine.planning.what_if.changes import Change, State, apply_changes, begin, lose, read_share
from engine.planning.what_if.result import Mover, Row, Trial, compare
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

__all__ = [
    "Case",
    "Change",
    "Comparison",
    "Mover",
    "Row",
    "Trial",
    "changed",
    "compare_cases",
    "if_lost",
    "save_case",
    "try_out",
    "what_if",
]

_ROOM: Final = {
    "headroom": Text("販売余力", "headroom"),
    "forecast": Text("見込みの増加", "expected growth"),
    "growth": Text("前年比の伸び", "a further year of its growth"),
}
"""What a replacement's room is."""


def if_lost(portfolio: Portfolio, customers: Sequence[str], recovery: object = 0) -> Trial:
    """Return what becomes of the portfolio when these customers are lost, all at once.

    Parameters
    ----------
    portfolio
        The run.
    customers
        IDs or names; doubles count once.
    recovery
        Share of the lost sales that the remaining customers win back, 0–1 or `30%`, spread in proportion to their sales
        of the last twelve months: that changes no share and no index of concentration, only the sums.

    Raises
    ------
    Refusal
        For an unknown customer, none at all, or a recovery beyond 0–1.
    """
    return try_out(portfolio, lost=customers, recovery=recovery)


def what_if(portfolio: Portfolio, changes: Sequence[Change]) -> Trial:
    """Return what becomes of the portfolio under these changes, taken one after the other.

    Raises
    ------
    Refusal
        Where a change cannot be made: every such one is named with its number, and none is made.
    """
    return try_out(portfolio, changes=changes)


def try_out(
    portfolio: Portfolio, lost: Sequence[str] = (), recovery: object = 0, changes: Sequence[Change] = ()
) -> Trial:
    """Return the result of customers lost first and changes made then; see `if_lost` and `what_if`."""
    if not lost and not changes:
        raise Refusal(
            "argument", "失う顧客か変更を1つ以上指定してください", "name at least one customer to lose, or one change"
        )
    if portfolio.tables.kept == "scored":
        raise Refusal(
            "too_little_data",
            "この実行は採点結果だけが保存されているので、試算できません。データを読み直して更新してください",
            "of this run only the scores were kept, so nothing can be tried; read the data again",
        )
    gone = tuple(sorted({int(place) for place in portfolio.positions(lost)}))
    share = read_share(recovery)
    return portfolio.once(
        ("what_if", gone, share, tuple(changes)), lambda: _score_trial(portfolio, gone, share, changes)
    )


def save_case(
    portfolio: Portfolio, name: str, lost: Sequence[str] = (), recovery: object = 0, changes: Sequence[Change] = ()
) -> Case:
    """Return the what-if as a case that can be kept; customers are named by their IDs in it."""
    trial = try_out(portfolio, lost, recovery, changes)
    gone = sorted({int(place) for place in portfolio.positions(lost)})
    ids = tuple(portfolio.frame["customer_id"].iloc[gone].astype(str))
    return Case(name, ids, str(read_share(recovery)), tuple(changes), portfolio.handle, tuple(rows_json(trial)))


def compare_cases(portfolio: Portfolio, cases: Sequence[Case]) -> Comparison:
    """Return the cases side by side, each tried anew on this run.

    A case that cannot be tried here (its customer is gone) stays in the table without values, with the reason in the
    notes; so does the fact that a case was saved on another run.
    """
    trials: list[Trial | None] = []
    notes: list[Text] = []
    for case in cases:
        try:
            trials.append(try_out(portfolio, case.lost, case.recovery, case.changes))
        except Refusal as refusal:
            trials.append(None)
            notes.append(Text(f"{case.name}: {refusal.to('ja')}", f"{case.name}: {refusal.to('en')}"))
            continue
        if case.run != portfolio.handle:
            notes.append(
                Text(
                    f"{case.name}は{case.run}で保存された案です。今の実行で計算し直しました",
                    f"{case.name} was saved on {case.run}; it was tried anew on this run",
                )
            )
    return side_by_side([case.name for case in cases], trials, notes)


def changed(
    portfolio: Portfolio, lost: Sequence[str] = (), recovery: object = 0, changes: Sequence[Change] = ()
) -> State:
    """Return the changed tables and definition, not yet scored."""
    gone = tuple(sorted({int(place) for place in portfolio.positions(lost)}))
    return _apply_all_changes(portfolio, gone, read_share(recovery), changes)


def _apply_all_changes(portfolio: Portfolio, gone: tuple[int, ...], share: object, changes: Sequence[Change]) -> State:
    state = begin(portfolio)
    if gone:
        members = np.zeros(len(portfolio), dtype=np.bool_)
        members[list(gone)] = True
        names = portfolio.frame["name"].iloc[list(gone)].astype(str).tolist()
        more = len(names) - 5
        name = Text(
            "、".join(names[:5]) + (f"ほか{more}社" if more > 0 else ""),
            ", ".join(names[:5]) + (f" and {more} more" if more > 0 else ""),
        )
        state = lose(state, members, read_share(share), name, portfolio.as_of)
    return apply_changes(portfolio, state, changes)


def _score_trial(portfolio: Portfolio, gone: tuple[int, ...], share: object, changes: Sequence[Change]) -> Trial:
    state = _apply_all_changes(portfolio, gone, share, changes)
    then = (
        score(state.tables, state.definition, portfolio.as_of, named=False, like=portfolio)
        if len(state.place)
        else None
    )
    said = [*state.said, *_note_order_of_changes(changes), *_note_typed_levels(then, state.place, portfolio, changes)]
    return compare(portfolio, then, state.place, said, _find_replacements(portfolio, state.place))


def _note_order_of_changes(changes: Sequence[Change]) -> list[Text]:
    if len(changes) < 2:
        return []
    return [
        Text(
            "変更は上から順に、前の変更の結果に対して適用しました(グループは現在の実行のもの)",
            "the changes were made from top to bottom, each on what the one before left (groups are those of the run)",
        )
    ]


def _note_typed_levels(
    then: Portfolio | None, place: NDArray[np.intp], portfolio: Portfolio, changes: Sequence[Change]
) -> list[Text]:
    """Say where a level typed by hand was changed, but the data decide."""
    notes: list[Text] = []
    for axis in ("continuity", "growth", "risk"):
        if then is None or not any(words.find("axes", change.item) == axis for change in changes):
            continue
        old = portfolio.tables.customers[axis].to_numpy(dtype=object)[place]
        new = then.tables.customers[axis].to_numpy(dtype=object)
        if ((old != new) & ~then.axes[axis].typed).any():
            word = words.text("axes", axis)
            notes.append(
                Text(
                    f"{word.ja}は実績から判定されるため、手入力の変更は効いていません"
                    "(効かせるには 定義・levels.typed・first を加えます)",
                    f"{word.en} is judged by the data: the typed level had no effect "
                    "(add the change Definition, levels.typed, first)",
                )
            )
    return notes


def _find_replacements(portfolio: Portfolio, place: NDArray[np.intp]) -> list[Row]:
    """Return who could fill the gap that lost customers leave, by what may be expected of it: room × probability that it stays.

    Room is the headroom to a known potential, else what the customer is forecast to buy more, else one more year of its own growth.
    Customers at high risk, and those of whom none is known, are no candidates.
    """
    frame = portfolio.frame
    lost = np.setdiff1d(np.arange(len(portfolio)), place)
    gap = float(frame["sales_12m"].iloc[lost].sum()) if len(lost) else 0.0
    if gap <= 0 or not len(place):
        return []
    sales, growth, change, stays = (
        frame[name].to_numpy(np.float64, na_value=np.nan)
        for name in ("sales_12m", "growth_rate", "expected_change", "p_stays")
    )
    sales = np.maximum(sales, 0)
    potential = portfolio.tables.customers["potential"].to_numpy(np.float64, na_value=np.nan)
    further = np.where(np.isnan(change), growth * sales, change)
    room = np.maximum(np.where(np.isnan(potential), further, potential - sales), 0)
    expected = room * np.where(np.isnan(stays), 1.0, stays)
    fit = np.zeros(len(portfolio), dtype=np.bool_)
    fit[place] = True
    fit &= (frame["level_risk"] != "high").to_numpy(dtype=bool) & (np.nan_to_num(expected) > 0)
    best = np.flatnonzero(fit)
    best = best[np.argsort(-expected[best], kind="stable")][: int(portfolio.definition.number("trials.replacements"))]
    why = np.where(np.isnan(potential), np.where(np.isnan(change), "growth", "forecast"), "headroom")
    return [
        _word_replacement(portfolio, int(at), sales[at], expected[at], gap, _ROOM[str(why[at])], stays[at])
        for at in best
    ]


def _word_replacement(
    portfolio: Portfolio, at: int, sales: float, room: float, gap: float, why: Text, stays: float
) -> Row:
    name = str(portfolio.frame["name"].iloc[at])
    room = float(round(room))
    more = [money_text(room, portfolio.currency, portfolio.digits, lang) for lang in ("ja", "en")]
    part = [percent(room / gap, lang) for lang in ("ja", "en")]
    chance = Text("", "")
    if not np.isnan(stays):
        chance = Text(
            f"、取引が続く確率{percent(stays, 'ja')}を掛けた額",
            f", times the {percent(stays, 'en')} chance that it stays",
        )
    return Row(
        "replacement",
        Text(f"代わりの候補: {name}", f"Could fill in: {name}"),
        "money",
        float(sales),
        float(sales) + room,
        room,
        Text(
            f"{why.ja}{more[0]}(失う売上の{part[0]}{chance.ja})",
            f"{why.en} {more[1]} ({part[1]} of the lost sales{chance.en})",
        ),
    )
