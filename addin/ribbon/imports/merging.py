"""What the rows of a file are beside the rows of a sheet: new, changed, or there already. Pure functions over cells.

Decision 0285: why rows are added by their ID.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from engine.language.words import normalise
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MATCHED: Final = 300
"""Lines of one ID up to which the best pairing is looked for; of more, equal ones are paired and the rest in order."""

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """Where each row of a file goes; every row of it stands in exactly one of the first three.

    Parameters
    ----------
    new
        Rows of the file that the sheet has not, in the file's order.
    changed
        (row of the file, row of the sheet) with one ID and other contents.
    same
        (row of the file, row of the sheet) that say the same: there is nothing to write.
    left
        Rows of the sheet whose ID the file has, with fewer lines: they stay.
    twins
        Rows of the file that are equal to an earlier one of it.
    by_key
        Whether rows were told apart by an ID; else by all their columns.
    """

    new: tuple[int, ...]
    changed: tuple[tuple[int, int], ...]
    same: tuple[tuple[int, int], ...]
    left: tuple[int, ...] = ()
    twins: tuple[int, ...] = ()
    by_key: bool = False

    def placed(self, positions: Sequence[int]) -> Merge:
        """Return the same with the rows of the sheet named by their position in it: `positions` of the rows compared."""
        return replace(
            self,
            changed=tuple((line, positions[at]) for line, at in self.changed),
            same=tuple((line, positions[at]) for line, at in self.same),
            left=tuple(positions[at] for at in self.left),
        )


@dataclass(slots=True)
class _MergeState:
    new: list[int] = field(default_factory=list)
    changed: list[tuple[int, int]] = field(default_factory=list)
    same: list[tuple[int, int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


def merge(given: Sequence[Sequence[object]], there: Sequence[Sequence[object]], key: int | None = None) -> Merge:
    """Compare the rows of a file with those of a sheet.

    Parameters
    ----------
    given
        The file's rows, in the columns that both have; every row of one length.
    there
        The sheet's rows in the same columns.
    key
        Position of the column that tells one row from another (取引ID); None where there is none. Several lines may
        have one ID. A row without an ID is compared by all its columns, with rows that have none.

    Returns
    -------
    Merge
        With an ID, a blank cell of the file says nothing: it changes no cell. Without one, rows are the same only where
        every column is, and a row that stands twice in the file and once in the sheet is new once.
    """
    ours, theirs = [_write_comparable_texts(row) for row in given], [_write_comparable_texts(row) for row in there]
    found = _MergeState()
    keys = [_normalise_row_key(row, key) for row in ours]
    known = [_normalise_row_key(row, key) for row in theirs]
    _pair_whole_rows(
        [at for at, each in enumerate(keys) if not each], [at for at, each in enumerate(known) if not each],
        ours, theirs, found,
    )  # fmt: skip
    lines: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for at, each in enumerate(keys):
        if each:
            lines[each][0].append(at)
    for at, each in enumerate(known):
        if each in lines and each:
            lines[each][1].append(at)
    for mine, others in lines.values():
        _pair_order_lines(mine, others, ours, theirs, found)
    return Merge(
        tuple(sorted(found.new)),
        tuple(sorted(found.changed)),
        tuple(sorted(found.same)),
        tuple(sorted(found.left)),
        _find_equal_rows(ours),
        any(keys),
    )


def _write_comparable_texts(row: Sequence[object]) -> Texts:
    """Return the cells as they are compared: 1.0 is 1, a midnight is its day, 00123 is not 123."""
    return tuple(shown(cell).strip() for cell in row)


def _normalise_row_key(row: Texts, key: int | None) -> str:
    return normalise(row[key]) if key is not None else ""


def _find_equal_rows(rows: Iterable[Texts]) -> tuple[int, ...]:
    seen: Counter[Texts] = Counter()
    twins: list[int] = []
    for at, row in enumerate(rows):
        if seen[row]:
            twins.append(at)
        seen[row] += 1
    return tuple(twins)


def _pair_whole_rows(
    mine: Sequence[int], others: Sequence[int], ours: Sequence[Texts], theirs: Sequence[Texts], found: _MergeState
) -> None:
    """Pair equal rows, each with one: what remains of the file is new."""
    stock: dict[Texts, deque[int]] = defaultdict(deque)
    for at in others:
        stock[theirs[at]].append(at)
    for at in mine:
        if stock[ours[at]]:
            found.same.append((at, stock[ours[at]].popleft()))
        else:
            found.new.append(at)


def _pair_order_lines(
    mine: Sequence[int], others: Sequence[int], ours: Sequence[Texts], theirs: Sequence[Texts], found: _MergeState
) -> None:
    """Pair the lines of one ID: those that agree first, the rest in order."""
    if not others:
        found.new += mine
        return
    pairs = _match_agreeing_lines(mine, others, ours, theirs)
    found.same += pairs.items()
    taken = set(pairs.values())
    open_lines = [at for at in mine if at not in pairs]
    free = [at for at in others if at not in taken]
    shared = min(len(open_lines), len(free))
    found.changed += zip(open_lines[:shared], free[:shared], strict=True)
    found.new += open_lines[shared:]
    found.left += free[shared:]


def _match_agreeing_lines(
    mine: Sequence[int], others: Sequence[int], ours: Sequence[Texts], theirs: Sequence[Texts]
) -> dict[int, int]:
    """Return as many pairs of agreeing lines as there can be (augmenting paths): a second import finds them all again."""
    if max(len(mine), len(others)) > _MATCHED:
        equal = _MergeState()
        _pair_whole_rows(mine, others, ours, theirs, equal)
        return dict(equal.same)
    owner: dict[int, int] = {}

    def settle(line: int, tried: set[int]) -> bool:
        for other in others:
            if other in tried or not _is_agreeing_line(ours[line], theirs[other]):
                continue
            tried.add(other)
            if other not in owner or settle(owner[other], tried):
                owner[other] = line
                return True
        return False

    for line in mine:
        settle(line, set())
    return {line: other for other, line in owner.items()}


def _is_agreeing_line(given: Texts, there: Texts) -> bool:
    """Return whether writing a line of the file over a line of the sheet would change nothing."""
    return all(not new or new == old for new, old in zip(given, there, strict=True))
