"""What the worksheet functions share: finding the run, finding customers in it, and answering a range in one call."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from engine import runs
from engine.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from addin.cells import Block, Cell
    from addin.registry import Caller
    from engine.portfolio import Portfolio

__all__ = ["View", "customer_text", "per_customer", "view_of"]

KEPT_VIEWS: Final = 8


class View:
    """One run as cells read it: the frozen portfolio, with what was looked up already.

    A sheet asks for the same customers and columns thousands of times, one cell after the other; each name is
    resolved once and each column is turned into cell values once.
    """

    def __init__(self, portfolio: Portfolio, handle: str) -> None:
        self.portfolio = portfolio
        self.handle = handle  # the run store lengthens a portfolio's own, should two ever share one
        self._columns: dict[str, list[object]] = {}
        self._blank: dict[str, bool] = {}
        self._positions: dict[str, int | Refusal] = {}

    def column(self, name: str) -> list[object]:
        """Return a column of the scored customers as a list, one entry per position."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self.portfolio.frame[name].tolist()
        return found

    def is_blank(self, name: str) -> bool:
        """Return whether no customer has a value in a column."""
        found = self._blank.get(name)
        if found is None:
            found = self._blank[name] = bool(self.portfolio.frame[name].isna().all())
        return found

    def position(self, name: str) -> int:
        """Return where a customer stands, by ID or name.

        Raises
        ------
        Refusal
            `unknown_customer` or `ambiguous_customer`, naming the candidates.
        """
        found = self.positions([name])[0]
        if isinstance(found, Refusal):
            raise found
        return found

    def positions(self, names: Sequence[str]) -> list[int | Refusal]:
        """Return where the customers stand; in the place of one that cannot be found stands why."""
        new = [name for name in dict.fromkeys(names) if name not in self._positions]
        if new:
            try:
                # The array of positions comes in one go; only where a name refuses are they asked for one by one.
                self._positions.update(zip(new, map(int, self.portfolio.positions(new)), strict=True))
            except Refusal:
                self._positions.update((name, self._ask(name)) for name in new)
        return [self._positions[name] for name in names]

    def _ask(self, name: str) -> int | Refusal:
        try:
            return self.portfolio.position(name)
        except Refusal as refusal:
            return refusal


_views: OrderedDict[str, View] = OrderedDict()


def view_of(run: Cell, caller: Caller) -> View:
    """Return the run that a cell means: its own argument `[run]`, else the workbook's PF_RUN.

    Raises
    ------
    Refusal
        `no_run` when neither holds a handle, or the handle is not known here.
    """
    handle = run if run is not None else caller.run
    if not isinstance(handle, str) or not handle.strip():
        raise Refusal(
            "no_run",
            "更新してください(名前付きセル PF_RUN に実行IDがありません)",
            "please refresh (the named cell PF_RUN holds no run)",
        )
    portfolio = runs.recall(handle.strip())
    view = _views.get(portfolio.hash)
    if view is None or view.portfolio is not portfolio:
        view = _views[portfolio.hash] = View(portfolio, handle.strip())
    _views.move_to_end(portfolio.hash)
    while len(_views) > KEPT_VIEWS:
        _views.popitem(last=False)
    return view


def customer_text(cell: Cell) -> str:
    """Return a cell as a customer's ID or name: `1001.0` is the ID 1001; a blank cell is ''.

    >>> customer_text(1001.0)
    '1001'
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def per_customer(
    view: View, customer: Cell | Block, read: Callable[[list[int]], Sequence[object]], caller: Caller
) -> object:
    """Answer one customer, or a range of customers in its own shape.

    Parameters
    ----------
    view
        The run.
    customer
        One ID or name, or rows of them. A blank cell is answered with ''; in a range, a customer that cannot be found
        is answered with the reason in its own cell, and all the others with their values.
    read
        Turns positions into answers, one for each; called once for a whole range.

    Raises
    ------
    Refusal
        When a single customer cannot be found.
    """
    if not isinstance(customer, list):
        name = customer_text(customer)
        return read([view.position(name)])[0] if name else ""
    names = [customer_text(cell) for row in customer for cell in row]
    found = iter(view.positions([name for name in names if name]))
    places = [next(found) if name else None for name in names]
    answers = iter(read([place for place in places if isinstance(place, int)]))
    flat = [
        next(answers) if isinstance(place, int) else f"#PF {place.to(caller.lang)}" if place is not None else ""
        for place in places
    ]
    width = len(customer[0])
    return [flat[start : start + width] for start in range(0, len(flat), width)]
