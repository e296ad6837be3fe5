"""A list of changes, taken one after the other: what each says, and the tables and definition that come of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.display import money_text
from engine.language.errors import Refusal, Text
from engine.planning.what_if.edits import Edit, read_edit
from engine.planning.what_if.inputs import change_input, find_column, read_value, shown_value
from engine.planning.what_if.rules import change_definition
from engine.planning.what_if.scale import sales_of, scale_orders, scale_typed, without
from engine.planning.what_if.targets import Target, find_target
from engine.reading.columns import columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

_SALES: Final = next(column for column in columns("customers") if column.key == "sales")
_PRICED: Final = {"price": ("amount",), "cost": ("cost",)}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a what-if: 対象 (whom), 項目 (what) and 変更 (the new value, or by how much).

    `row` is the line's number in the range that it was read from, for messages only.
    """

    target: str
    item: str
    change: str | float | int | bool | date | None
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class State:
    """What the changes so far have made of the run.

    Parameters
    ----------
    tables, definition
        Copies; the run's own are untouched.
    place
        For each customer that is left, its position in the run.
    said
        What was changed, in order.
    """

    tables: Tables
    definition: Definition
    place: NDArray[np.intp]
    said: tuple[Text, ...] = ()

    def saying(self, ja: str, en: str) -> State:
        """Return the state with one more sentence."""
        return replace(self, said=(*self.said, Text(ja, en)))


def begin(portfolio: Portfolio) -> State:
    """Return the run as it is."""
    return State(portfolio.tables, portfolio.definition, np.arange(len(portfolio), dtype=np.intp))


def apply_changes(portfolio: Portfolio, state: State, changes: Sequence[Change]) -> State:
    """Take the changes one after the other, each on what the one before left.

    Groups are those of the run as it is now: a change never moves a customer out of the reach of a later one.

    Raises
    ------
    Refusal
        When any change cannot be made: all of them are named, with their numbers, and none is made.
    """
    faults: list[tuple[Text, Refusal]] = []
    for number, change in enumerate(changes, start=1):
        try:
            state = _apply_change(portfolio, state, change)
        except Refusal as refusal:  # a later line may be wrong, too: all are told at once
            faults.append((_word_place_of_change(change, number), refusal))
    if faults:
        told_ja = "。".join(f"{place.ja}: {fault.text.ja}" for place, fault in faults)
        told_en = "; ".join(f"{place.en}: {fault.text.en}" for place, fault in faults)
        raise Refusal(faults[0][1].kind, told_ja, told_en)
    return state


def _word_place_of_change(change: Change, number: int) -> Text:
    if change.row is None:
        return Text(f"{number}件目", f"change {number}")
    return Text(f"{change.row}行目", f"row {change.row}")


def _apply_change(portfolio: Portfolio, state: State, change: Change) -> State:
    if not change.target.strip() or not change.item.strip():
        raise Refusal(
            "argument", "対象と項目を書いてください(例: 株式会社A・年間売上・+10%)", "write whom and what to change"
        )
    target = find_target(portfolio, change.target.strip())
    if target is None:
        definition, said = change_definition(state.definition, change.item, read_edit(change.change))
        return replace(state, definition=definition).saying(f"定義 {said.ja}", f"Definition: {said.en}")
    members = target.members[state.place]
    if not members.any():
        raise Refusal(
            "argument", f"{target.name.ja}は前の行で失注しています", f"{target.name.en} was lost by an earlier line"
        )
    item = words.find("trial_items", change.item)
    if item == "lost":
        return lose(state, target.members, read_share(change.change), target.name, portfolio.as_of)
    if item == "sales":
        return _change_sales(state, target, members, read_edit(change.change), portfolio.as_of)
    if item in _PRICED:
        return _change_ratio(state, target, members, str(item), read_edit(change.change), portfolio.as_of)
    return _change_column(state, target, members, change)


def read_share(cell: object) -> Fraction:
    """Return the share of lost sales that is won back: a number or text from 0 to 1, or a percentage; blank is 0.

    Raises
    ------
    Refusal
        For anything else.
    """
    text = "" if cell is None else str(cell).strip()
    percent = text[-1:] in ("%", "％")
    try:
        share = Fraction(text[:-1].strip() if percent else text or "0") / (100 if percent else 1)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise Refusal(
            "argument",
            f"回復率「{text}」は0〜1(または 30% のように)で書いてください",
            f'write the recovery "{text}" as a number from 0 to 1, or as 30%',
        )
    return share


def lose(state: State, lost: NDArray[np.bool_], recovery: Fraction, name: Text, as_of: date) -> State:
    """Leave out customers; a share of their sales is won back by the others, in proportion to their own sales.

    Parameters
    ----------
    lost
        Which customers of the run, in the run's positions.
    recovery
        Share of the lost sales (never of a negative sum) that the others win back, 0–1.
    """
    gone = lost[state.place]
    sales = max(sales_of(state.tables, gone, as_of), 0)
    tables = state.tables
    left = replace(state, tables=without(tables, gone), place=state.place[~gone])
    left = left.saying(f"{name.ja}の失注", f"{name.en} lost")
    if not recovery or not sales or not len(left.place):
        return left
    everyone = np.ones(len(left.place), dtype=np.bool_)
    rest = sales_of(left.tables, everyone, as_of)
    if rest <= 0:
        return left.saying(
            "残る顧客に売上がないので、回復は配れません", "the others have no sales: nothing can be won back"
        )
    back = _round_half_up(recovery * sales)
    left = replace(left, tables=_scale_orders_or_typed(left.tables, everyone, rest + back, rest, as_of))
    won = [money_text(back, tables.currency, tables.digits, lang) for lang in ("ja", "en")]
    return left.saying(
        f"失う売上のうち{won[0]}を、残る顧客が今の売上に比例して取り戻すとした",
        f"of the lost sales, {won[1]} is won back by the others in proportion to their sales",
    )


def _round_half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)


def _scale_orders_or_typed(tables: Tables, members: NDArray[np.bool_], target: int, total: int, as_of: date) -> Tables:
    if tables.orders is None:
        return scale_typed(tables, members, target)
    return scale_orders(tables, members, (target, total), as_of)


def _change_sales(state: State, target: Target, members: NDArray[np.bool_], edit: Edit, as_of: date) -> State:
    """Scale the members' sales of the last twelve months: more of the same, so that cost and quantity go along."""
    tables = state.tables
    total = sales_of(tables, members, as_of)
    new = _compute_new_total(state, target, edit, total, _SALES.text)
    one_typed = tables.orders is None and members.sum() == 1
    if one_typed and edit.kind == "set":
        changed = change_input(tables, members, _SALES, edit)  # a blank can be filled in
    elif total > 0:
        changed = _scale_orders_or_typed(tables, members, new, total, as_of)
    else:
        raise _refuse_without_sales(target)
    return replace(state, tables=changed).saying(*_word_sales_change(state, target, _SALES.text, total, new))


def _change_ratio(
    state: State, target: Target, members: NDArray[np.bool_], item: str, edit: Edit, as_of: date
) -> State:
    """Scale amounts (another price) or costs of the last twelve months alone."""
    text = words.text("trial_items", item)
    if state.tables.orders is None:
        raise Refusal("argument", f"{text.ja}の変更には取引表が要ります", f"{text.en} needs the table of orders")
    if edit.kind != "times" or edit.number is None or edit.number < 0:
        raise Refusal(
            "argument",
            f"{text.ja}は +5% や ×1.05 のように割合で変えてください(「{edit.written}」は使えません)",
            f'change {text.en.lower()} by a percentage such as +5% or ×1.05, not by "{edit.written}"',
        )
    ratio = Fraction(edit.number)
    changed = scale_orders(state.tables, members, (ratio.numerator, ratio.denominator), as_of, _PRICED[item])
    said = f"{target.name.ja}の{text.ja} {edit.written}", f"{target.name.en}: {text.en.lower()} {edit.written}"
    return replace(state, tables=changed).saying(*said)


def _compute_new_total(state: State, target: Target, edit: Edit, total: int, text: Text) -> int:
    tables = state.tables
    if edit.kind == "set":
        return int(read_value(_SALES, edit.cell, tables))
    if edit.kind not in ("times", "plus"):
        raise Refusal(
            "argument",
            f"{text.ja}は「{edit.written}」では変えられません",
            f'{text.en} cannot be changed by "{edit.written}"',
        )
    new = _round_half_up(Fraction(edit.on(Decimal(total), Decimal(10) ** tables.digits)))
    if new < 0:
        raise Refusal(
            "argument",
            f"{target.name.ja}の{text.ja}は「{edit.written}」で負になります",
            f'{text.en} of {target.name.en} would become negative by "{edit.written}"',
        )
    return new


def _refuse_without_sales(target: Target) -> Refusal:
    return Refusal(
        "argument",
        f"{target.name.ja}には直近12か月の売上がないので、比例して変えられません",
        f"{target.name.en} has no sales in the last twelve months that could be scaled",
    )


def _word_sales_change(state: State, target: Target, text: Text, old: int, new: int) -> tuple[str, str]:
    ja, en = (
        tuple(money_text(minor, state.tables.currency, state.tables.digits, lang) for minor in (old, new))
        for lang in ("ja", "en")
    )
    return (
        f"{target.name.ja}の{text.ja} {ja[0]} → {ja[1]}",
        f"{target.name.en}: {text.en.lower()} {en[0]} → {en[1]}",
    )


def _change_column(state: State, target: Target, members: NDArray[np.bool_], change: Change) -> State:
    column = find_column(change.item)
    edit = read_edit(change.change)
    tables = change_input(state.tables, members, column, edit)
    if members.sum() == 1:
        old, new = (
            shown_value(column, each.customers[column.key][members].iloc[0], each) for each in (state.tables, tables)
        )
        ja, en = f"{old.ja} → {new.ja}", f"{old.en} → {new.en}"
    else:
        ja = en = f"→ {edit.written}"
    return replace(state, tables=tables).saying(
        f"{target.name.ja}の{column.text.ja} {ja}", f"{target.name.en}: {column.text.en.lower()} {en}"
    )
