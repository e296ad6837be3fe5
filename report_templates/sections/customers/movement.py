"""R8 前回からの異動: who moved between the segments since the last review, where its sales stand now, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.runs.movement import VANISHED, bridge, movement
from engine.runs.movement.effects import effects
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.figures import Flows, Heat, HeatCell, Node, Ribbon
from report_templates.document.insights import tidy
from report_templates.document.links import account
from report_templates.document.report_data import answered_or_none
from report_templates.sections.customers.review import next_review_of
from report_templates.texts.formatting import MISSING, count, day, percent, points
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.language.errors import Text
    from engine.runs.movement import Movement as Moves
    from engine.runs.movement import Mover
    from engine.scoring.portfolio import Portfolio
    from report_templates.document.report_data import Reading

_RISK: Final = "at_risk"
_GAP: Final = 0.025  # between two nodes, part of the drawing's height
_GONE: Final = "rest"  # the colour of those that left


@dataclass(frozen=True, kw_only=True)
class Movement(Section):
    """The page on what moved; `flows` is None where the earlier run had no sales, `movers` where nobody moved."""

    heat: Heat
    flows: Flows | None
    movers: Table | None


def build(reading: Reading) -> Movement | None:
    """Return the page on movement; None where there is no earlier run to compare with.

    Raises
    ------
    Refusal
        When the runs cannot be compared (another currency).
    """
    before = reading.before
    if before is None:
        return None
    moves, movers, note = _moves(before, reading.portfolio)
    then, now = day(before.as_of), day(reading.portfolio.as_of)
    rest = len(movers) - limit("movers")
    more = (say("movement.rest", n=Count(rest)),) if rest > 0 else ()
    remarks = (*_bridge(before, reading.portfolio), *note, *more, next_review_of(reading))
    return Movement(
        key="movement",
        number="R8",
        name=say("movement.name"),
        message=_build_movement_message(reading, moves, then),
        subtitle=say("movement.subtitle", then=then, run=before.handle, now=now, unit=reading.money.label),
        heat=_build_movement_heat(moves),
        flows=_build_movement_flows(reading, moves),
        movers=_build_movers_table(reading, moves, movers[: limit("movers")]) if movers else None,
        notes=(joined(remarks, "", " "),),
    )


def _moves(before: Portfolio, after: Portfolio) -> tuple[Moves, tuple[Mover, ...], tuple[Text, ...]]:
    """Return the movement, its movers with their causes where these can be told, and a note on the causes."""
    moves = movement(before, after)
    if not moves.movers:
        return moves, (), ()
    split = answered_or_none(lambda: effects(before, after))
    if split is None:
        return moves, moves.movers, (say("movement.causes_unknown"),)
    seen = Counter(mover.cause for mover in split.movers)
    parts = tuple(
        say("movement.cause_part", cause=words.text("move_causes", code), n=Count(seen[code]))
        for code in words.codes("move_causes")
        if seen[code]
    )
    return moves, split.movers, (say("movement.causes", parts=joined(parts)),)


def _build_movement_message(reading: Reading, moves: Moves, then: Text) -> Text:
    first = say("movement.message", then=then, n=Count(len(moves.movers))) if moves.movers else None
    first = first or say("movement.message_none", then=then)
    if _RISK not in moves.groups:
        return first
    at = moves.groups.index(_RISK)
    others = np.arange(len(moves.groups) + 1) != at
    came, left = int(moves.counts[others, at].sum()), int(moves.counts[at, others].sum())
    if not came and not left:
        return joined((first, say("movement.message_risk_none")), "", "")
    amount = reading.money.spoken(float(moves.sales_before[others, at].sum()))
    key = "both" if came and left else "in" if came else "out"
    second = say(f"movement.message_risk_{key}", a=Count(came), b=Count(left), amount=amount)
    return joined((first, second), "", "")


def _build_movement_heat(moves: Moves) -> Heat:
    """Return the transition matrix; groups in which nobody was or is are left out."""
    counts = moves.counts
    rows = [at for at in range(len(moves.rows())) if counts[at].any()]
    columns = [at for at in range(len(moves.columns())) if counts[:, at].any()]
    darkest = float(np.sqrt(counts.max())) or 1.0
    cells = tuple(
        tuple(
            HeatCell(
                count(int(counts[row, column])),
                int(counts[row, column]),
                float(np.sqrt(counts[row, column])) / darkest,  # areas of few customers would all look empty
                framed=row == column and row < len(moves.groups),
            )
            if counts[row, column]
            else None
            for column in columns
        )
        for row in rows
    )
    return Heat(
        key="moves",
        title=say("movement.heat"),
        alt=_heat_alt(moves),
        x_title=say("movement.heat_now"),
        y_title=say("movement.heat_then"),
        rows=tuple(tidy(moves.word(moves.rows()[row]), limit("chart_name")) for row in rows),
        columns=tuple(tidy(moves.word(moves.columns()[column]), limit("chart_name")) for column in columns),
        cells=cells,
        size=(64 * len(columns), 29 * len(rows), 96),
        note=say("movement.heat_note"),
    )


def _heat_alt(moves: Moves) -> Text:
    total, stayed = int(moves.counts.sum()), int(np.trace(moves.counts[:-1, :-1]))
    moved = moves.counts.copy()
    np.fill_diagonal(moved[:-1, :-1], 0)
    if not moved.any():
        return say("movement.heat_alt_still", total=Count(total))
    row, column = np.unravel_index(int(moved.argmax()), moved.shape)
    names = {"from": moves.word(moves.rows()[row]), "to": moves.word(moves.columns()[column])}
    return say("movement.heat_alt", total=Count(total), stayed=Count(stayed), n=Count(int(moved.max())), **names)


def _build_movement_flows(reading: Reading, moves: Moves) -> Flows | None:
    """Return where the sales of the earlier run stand now; those that appeared since brought none to it."""
    sales = moves.sales_before[: len(moves.groups)].clip(min=0)
    whole = int(sales.sum())
    if not whole:
        return None
    sides = (sales.sum(axis=1), sales.sum(axis=0))
    codes = (moves.groups, moves.columns())
    edges = [_stacked(side) for side in sides]
    places = reading.money.places([float(whole)])
    nodes = [
        tuple(
            Node(
                tidy(moves.word(code), limit("chart_name")),
                reading.money.plain(float(value), places),
                float(value),
                top,
                bottom,
                _GONE if code == VANISHED else code,
            )
            for code, value, (top, bottom) in zip(names, side, edge, strict=True)
            if value
        )
        for names, side, edge in zip(codes, sides, edges, strict=True)
    ]
    stayed = int(np.trace(sales[:, : len(moves.groups)]))
    alt = say("movement.flows_alt", amount=reading.money.spoken(float(whole)), share=percent((whole - stayed) / whole))
    return Flows(
        key="flows",
        title=say("movement.flows", unit=reading.money.label),
        alt=alt,
        left_title=say("movement.heat_then"),
        right_title=say("movement.heat_now"),
        left=nodes[0],
        right=nodes[1],
        ribbons=_ribbons(moves, sales, edges),
    )


def _stacked(values: NDArray[np.int64]) -> list[tuple[float, float]]:
    """Return top and bottom of each value's node in a column of height 1, with gaps between those that are not 0."""
    shown = int((values > 0).sum())
    scale = (1.0 - _GAP * (shown - 1)) / float(values.sum())
    found, at = [], 0.0
    for value in values:
        found.append((at, at + float(value) * scale))
        at += float(value) * scale + (_GAP if value else 0.0)
    return found


def _ribbons(moves: Moves, sales: NDArray[np.int64], edges: Sequence[list[tuple[float, float]]]) -> tuple[Ribbon, ...]:
    """Return the ribbons, stacked in each node in the order of the other side, so that they cross least."""
    tops = [[top for top, _ in edge] for edge in edges]
    scales = [
        [(bottom - top) / total if total else 0.0 for (top, bottom), total in zip(edge, sums, strict=True)]
        for edge, sums in zip(edges, (sales.sum(axis=1), sales.sum(axis=0)), strict=True)
    ]
    found = []
    for row, code in enumerate(moves.groups):
        for column in range(sales.shape[1]):
            value = float(sales[row, column])
            if not value:
                continue
            left, right = tops[0][row], tops[1][column]
            tops[0][row] += value * scales[0][row]
            tops[1][column] += value * scales[1][column]
            found.append(Ribbon((left, tops[0][row]), (right, tops[1][column]), value, code, moved=row != column))
    return tuple(found)


def _build_movers_table(reading: Reading, moves: Moves, movers: tuple[Mover, ...]) -> Table:
    caused = any(mover.cause for mover in movers)
    after = reading.portfolio.frame
    place = {str(identity): at for at, identity in enumerate(after["customer_id"])}
    rows = []
    for mover in movers:
        at = place.get(mover.customer_id)
        name = (
            plain(shortened(brief(printable(mover.name)), limit("priority_name"))) if at is None else reading.name(at)
        )
        sales = None if at is None else float(reading.sales.iloc[at])
        row = [
            Cell(name, tone="name", link=() if at is None else account(at)),
            Cell(moves.word(mover.before), mover.before),
            Cell(moves.word(mover.after), mover.after, _choose_movement_tone(mover.after)),
            Cell(MISSING if sales is None else reading.money.plain(sales, reading.places), sales),
            Cell(MISSING if mover.change is None else points(mover.change / 100), mover.change),
            Cell(tidy(mover.reason, 40)),
        ]
        if caused:
            row.append(Cell(words.text("move_causes", mover.cause) if mover.cause else MISSING, mover.cause))
        rows.append(tuple(row))
    spans = (20, 11, 11, 9, 10, 30 if caused else 39, 9)
    heads = ("customer", "from", "to", "sales", "change", "reason", "cause")
    ends = {"sales", "change"}
    columns = tuple(
        Column(say(f"movement.col_{head}"), "end" if head in ends else "start", span)
        for head, span in zip(heads, spans, strict=True)
        if caused or head != "cause"
    )
    return Table("movers", say("movement.movers", unit=reading.money.label), columns, tuple(rows))


def _choose_movement_tone(code: str) -> str:
    return "keep" if code in {_RISK, VANISHED} else ""


def _bridge(before: Portfolio, after: Portfolio) -> tuple[Text, ...]:
    """Return the bridge of active customers as a sentence; nothing where a run has no orders."""
    found = answered_or_none(lambda: bridge(before, after))
    if found is None:
        return ()
    steps = {name: Count(getattr(found, name)[0]) for name in ("start", "new", "returned", "left", "end")}
    return (say("movement.bridge", **steps),)
