"""The total of an order repeated on each of its lines: the lines' own amounts are used, or the total once per order.

Decision 0284: which of several amounts is the sale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language.errors import Text
from engine.reading.shapes.vocabulary import mentions_any, shape_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from engine.reading.raw import RawTable
    from engine.reading.shapes.work import Mask, Work

_ORDERS: Final = 2
"""Orders of several lines that there must be, all of them repeating one amount."""

_TOTALS: Final = shape_words("headers", "order_totals")
_LINES: Final = shape_words("headers", "order_lines")


@dataclass(frozen=True, slots=True)
class _MultilineOrders:
    """The lines of orders of several lines: `lines` marks them, `order` numbers every row's order, `first` its first line."""

    lines: Mask
    order: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]

    def sums(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the sum over each order's lines, exactly."""
        found = np.zeros(len(self.first), np.int64)
        np.add.at(found, self.order[self.lines], values[self.lines])
        return found


def line_amounts(work: Work) -> RawTable:
    """Return the table with the amounts of lines where its amount is the total of each order, repeated on every line.

    The total is known by its header (合計金額, Order total) and by being one amount throughout every order. Lines' own
    amounts are taken where they add up to the total in every order: a column of them, else quantity × unit price. Where only
    the total is there, its first line keeps it and the others are listed, so that it counts once.
    """
    raw = work.raw
    places = work.at("order_id", "amount")
    if len(places) < 2 or "amount" in raw.mapping or not mentions_any(raw.header[places[1]], _TOTALS):
        return raw
    at = places[1]
    orders = _find_multiline_orders(work, places[0])
    if orders is None:
        return raw
    total, told = work.amounts(at)
    constant = (total == total[orders.first[orders.order]]) & told
    if not constant[orders.lines].all():
        return raw
    name = raw.header[at]
    for title, values, known in _list_line_amounts(work, at):
        if known[orders.lines].all() and _lines_add_up(orders, values, total):
            work.say(
                "note", "order_totals",
                Text(
                    f"「{name}」は取引の合計が明細ごとに繰り返されているので、明細の金額「{title}」を使いました",
                    f'"{name}" repeats the total of an order on each of its lines; the amounts of lines ("{title}") were used',
                ),
                column=name,
            )  # fmt: skip
            return replace(raw, mapping={**raw.mapping, "amount": title})
    return _count_totals_once(work, at, orders)


def _find_multiline_orders(work: Work, at: int) -> _MultilineOrders | None:
    """Return the orders of several lines, None where there are fewer than two."""
    codes = np.asarray(work.raw.frame.iloc[:, at].to_numpy()) if work.is_typed(at) else work.coded(at)[0]
    if work.is_typed(at):
        codes = np.unique(codes, return_inverse=True)[1]
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=1)
    lines = known & (counts[codes.clip(0)] > 1)
    if (counts > 1).sum() < _ORDERS:
        return None
    first = np.zeros(len(counts), np.int64)
    rows = np.flatnonzero(known)
    first[codes[rows][::-1]] = rows[::-1]
    return _MultilineOrders(lines, codes.clip(0), first)


def _list_line_amounts(work: Work, total_at: int) -> Iterable[tuple[str, npt.NDArray[np.int64], Mask]]:
    """Return the columns that may hold the amounts of lines, as title, amounts and where they are told."""
    for at, text in enumerate(work.raw.header):
        if at != total_at and text and mentions_any(text, _LINES):
            values, known = work.amounts(at)
            yield text, values, known
    factors = work.at("quantity", "unit_price")
    if len(factors) == 2:
        (quantity, known), (price, priced) = work.amounts(factors[0]), work.amounts(factors[1])
        whole = quantity // 10_000  # quantities of pieces: the product stays in the scale of the prices
        yield (
            f"{work.raw.header[factors[0]]}*{work.raw.header[factors[1]]}", whole * price,
            known & priced & (quantity % 10_000 == 0) & (np.abs(whole) < 2**20) & (np.abs(price) < 2**42),
        )  # fmt: skip


def _lines_add_up(orders: _MultilineOrders, values: npt.NDArray[np.int64], total: npt.NDArray[np.int64]) -> bool:
    several = np.unique(orders.order[orders.lines])
    return bool((orders.sums(values)[several] == total[orders.first[several]]).all())


def _count_totals_once(work: Work, at: int, orders: _MultilineOrders) -> RawTable:
    """Keep the total on the first line of each order and list the others."""
    reason = Text(
        "取引の合計が明細ごとに繰り返されているので、最初の行の金額だけを使いました",
        "The total of the order is repeated on each line; only its first line was used",
    )
    further = orders.lines.copy()
    further[orders.first] = False
    for row in np.flatnonzero(further).tolist():
        work.leave_out(row, "repeated_total", at, reason)
    name, count = work.raw.header[at], len(np.unique(orders.order[orders.lines]))
    work.say(
        "warning", "order_totals",
        Text(
            f"「{name}」は取引の合計が明細ごとに繰り返されていて、明細の金額がありません。{count}件の取引で、合計を1度だけ使いました",
            f'"{name}" repeats the total of an order on each line and no amounts of lines are there; in {count} orders it was used once',
        ),
        column=name,
    )  # fmt: skip
    return work.left()
