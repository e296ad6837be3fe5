"""Rows, sheets and files that an import leaves out, in words: one line per cause, rows that follow each other as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.cleaning.causes import causes
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.language.errors import Finding

_ROWS: Final = 5  # first rows named in a message


def left_out(findings: Iterable[Finding]) -> tuple[Text, ...]:
    """Return one line per cause: how many rows, the first of them, and why; a sheet or file by its name."""
    return tuple(_word_left_out_group(cause.findings) for cause in causes(findings))


def _word_left_out_group(group: Sequence[Finding]) -> Text:
    reason, rows = group[0].reason, [each.row for each in group if each.row is not None]
    if not rows:
        named = dict.fromkeys(each.source for each in group)
        return Text(f"{'・'.join(named)}: {reason.ja}", f"{', '.join(named)}: {reason.en}")
    first = [str(row) for row in rows[:_ROWS]]
    more = len(rows) > _ROWS
    return Text(
        f"{len(rows):,}行({'・'.join(first)}行目{'ほか' if more else ''}): {reason.ja}",
        f"{len(rows):,} row{'s' * (len(rows) > 1)} ({', '.join(first)}{' …' if more else ''}): {reason.en}",
    )


def runs(numbers: Iterable[int]) -> str:
    """Return row numbers with those that follow each other as one.

    >>> runs([2, 3, 4, 9])
    '2-4, 9'
    """
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)
