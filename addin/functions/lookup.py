"""What the worksheet functions share: finding the run, finding customers in it, and answering a range in one call."""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal
from engine.runs import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from addin.functions.cells import Block, Cell
    from addin.functions.registry import Caller
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

KEPT_VIEWS: Final = 8
BLANK: Final = -1  # the place of a blank cell


class View:
    """One run as cells read it: the frozen portfolio, with what was looked up already.

    A sheet asks for the same customers and columns thousands of times, one cell after the other; each name is resolved
    once and each column is turned into cell values once.
    """

    def __init__(self, portfolio: Portfolio, handle: str) -> None:
        self.portfolio = portfolio
        self.handle = handle  # the run store lengthens a portfolio's own, should two ever share one
        self._columns: dict[tuple[str, ...], list[object]] = {}
        self._places: dict[str, int | Refusal] = {"": BLANK}

    def column(self, name: str, divisor: int = 1) -> list[object]:
        """Return a column of the scored customers, one entry per position, '' where unknown.

        `divisor` turns minor units into whole ones (cents into dollars).
        """
        found = self._columns.get((name, str(divisor)))
        if found is None:
            values = self.portfolio.frame[name]
            cells = values.astype(object).where(values.notna(), "").tolist()
            found = cells if divisor == 1 else [cell / divisor if cell != "" else "" for cell in cells]
            self._columns[name, str(divisor)] = found
        return found

    def told(self, name: str, lang: Lang, divisor: int = 1) -> list[object]:
        """Return a column as `column` does, with 算出不可 where the data do not tell: a blank says nothing, and 0 lies."""
        found = self._columns.get((name, str(divisor), lang))
        if found is None:
            none = NOT_AVAILABLE.to(lang)
            found = [none if cell == "" else cell for cell in self.column(name, divisor)]
            self._columns[name, str(divisor), lang] = found
        return found

    def labels(self, name: str, kind: str, lang: Lang) -> list[object]:
        """Return a column of codes as the words of the vocabulary's `kind`, one entry per position."""
        found = self._columns.get((name, kind, lang))
        if found is None:
            found = [words.label(kind, str(code), lang) for code in self.column(name)]
            self._columns[name, kind, lang] = found
        return found

    def segments(self, scheme: str, lang: Lang) -> list[object]:
        """Return the groups of a scheme as words, one entry per position."""
        found = self._columns.get((scheme, "segments", lang))
        if found is None:
            codes = self.column(f"segment_{scheme}")
            names = {code: self.portfolio.segment_text(scheme, str(code)).to(lang) for code in set(codes)}
            found = self._columns[scheme, "segments", lang] = [names[code] for code in codes]
        return found

    def is_blank(self, name: str) -> bool:
        """Return whether no customer has a value in a column."""
        return not any(cell != "" for cell in self.column(name))

    def place(self, name: str) -> int:
        """Return where a customer stands, by ID or name.

        Raises
        ------
        Refusal
            `unknown_customer` or `ambiguous_customer`, naming the candidates.
        """
        found = self.places([name])[0]
        if isinstance(found, Refusal):
            raise found
        return found

    def places(self, names: Sequence[str]) -> list[int | Refusal]:
        """Return where the customers stand; `BLANK` for a blank name; in the place of one not to be found, why."""
        known = self._places
        found = list(map(known.get, names))
        if None in found:
            for name in dict.fromkeys(names):
                if name not in known:
                    known[name] = self._ask(name)
            found = list(map(known.get, names))
        return cast("list[int | Refusal]", found)

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


def per_customer(view: View, customer: Cell | Block, read: Callable[[int], object], caller: Caller) -> object:
    """Answer one customer, or a range of customers in its own shape.

    Parameters
    ----------
    view
        The run.
    customer
        One ID or name, or rows of them. A blank cell is answered with ''; in a range, a customer that cannot be found
        is answered with the reason in its own cell, and all the others with their values.
    read
        Turns a position into its answer.
    caller
        The calling workbook.

    Raises
    ------
    Refusal
        When a single customer cannot be found.
    """
    if not isinstance(customer, list):
        place = view.place(customer_text(customer))
        return read(place) if place != BLANK else ""
    cells = list(chain.from_iterable(customer))
    # Texts are looked up as they are: ten thousand of them must not cost ten thousand calls.
    names = cast("list[str]", cells) if set(map(type, cells)) == {str} else [customer_text(cell) for cell in cells]
    places = view.places(names)
    if set(map(type, places)) == {int} and BLANK not in places:
        answers = list(map(read, cast("list[int]", places)))
    else:
        answers = [_answer_single_customer(place, read, caller) for place in places]
    width = len(customer[0])
    return [answers[start : start + width] for start in range(0, len(answers), width)]


def _answer_single_customer(place: int | Refusal, read: Callable[[int], object], caller: Caller) -> object:
    if isinstance(place, Refusal):
        return f"#PF {place.to(caller.lang)}"
    return "" if place == BLANK else read(place)
