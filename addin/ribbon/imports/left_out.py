"""Rows, sheets and files that an import leaves out, gathered by cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.errors import Finding

__all__ = ["Cause", "causes", "runs"]

_ROWS: Final = 5  # first rows named in a message


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is left out: the findings of one code, column and reason, and one line that tells them."""

    findings: tuple[Finding, ...]
    told: Text


def causes(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """Return the causes in their order of appearance, each with its count and first rows."""
    groups: dict[tuple[str, str | None, Text], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.code, each.column, each.reason), []).append(each)
    return tuple(Cause(tuple(group), _told(group)) for group in groups.values())


def _told(group: Sequence[Finding]) -> Text:
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
