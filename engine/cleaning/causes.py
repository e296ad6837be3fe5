"""Findings by their cause: one line where hundreds of rows have the same trouble in the same column.

Decision 0270: why there is one line per cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.language.errors import Finding, Severity

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""The severities, the gravest first."""

_ROWS: Final = 3
_LONGEST: Final = 40  # characters of a quoted cell


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings of one cause in one column of one table.

    Parameters
    ----------
    findings
        All of them, in their order; never empty.
    """

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first finding: its severity, code, table and column are those of all, its value and reason an example."""
        return self.findings[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """The files and sheets, each once, in the order in which they come."""
        return tuple(dict.fromkeys(each.source for each in self.findings))

    @property
    def rows(self) -> tuple[int, ...]:
        """The row numbers of the first source, in the order in which they come."""
        source = self.first.source
        return tuple(each.row for each in self.findings if each.row is not None and each.source == source)


def causes(findings: Iterable[Finding], *, by_column: bool = True) -> tuple[Cause, ...]:
    """Return the findings by cause, in the order in which each cause comes first.

    Every finding is in exactly one cause. Findings of rows belong together by severity, code, table and column, whatever
    sheet or file they stand in; those of no single row by their sentence, too, since it says what they are.

    Parameters
    ----------
    findings
        What was noticed.
    by_column
        Whether the same trouble in two columns is two causes.
    """
    found: dict[tuple[object, ...], list[Finding]] = {}
    for each in findings:
        column = each.column if by_column else None
        sentence = each.reason if by_column and each.row is None else None
        found.setdefault((each.severity, each.code, each.table, column, sentence), []).append(each)
    return tuple(Cause(tuple(group)) for group in found.values())


def worst_first(found: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return the causes by severity, the gravest first; within a severity their order stays."""
    return tuple(sorted(found, key=lambda each: SEVERITIES.index(each.first.severity)))


def line(cause: Cause) -> Text:
    """Return a cause in one line: severity, place, how many rows and the first of them, an example, reason and mend.

    `[使えない行] 取引.csv 取引日: 12行(5・9・12行目ほか)「2026-13-01」ほか: 日付として読めません…`
    """
    first, places = cause.first, len(cause.sources) - 1
    more = (
        Text(f"(ほか{places:,}か所)", f" (and {places:,} more place{'s' if places > 1 else ''})")
        if places
        else Text("", "")
    )
    column = "" if first.column is None else f" {first.column}"
    rows, value = _word_rows_of_cause(cause), _quote_first_cell(cause)
    ja = (
        f"[{words.label('severities', first.severity, 'ja')}] {first.source}{more.ja}{column}{rows.ja}{value.ja}"
        f": {first.reason.ja}"
    )
    en = (
        f"[{words.label('severities', first.severity, 'en')}] {first.source}{more.en}{column}{rows.en}{value.en}"
        f": {first.reason.en}"
    )
    return Text(_flatten_lines(ja), _flatten_lines(en))


def _flatten_lines(text: str) -> str:
    """Return text on one line: headers and cells of spreadsheets may hold several."""
    return " ".join(text.split())


def _word_rows_of_cause(cause: Cause) -> Text:
    """Return how many rows there are and the first of them: ` 5行目`, `: 12行(5・9・12行目ほか)`; blank without rows."""
    count, numbers = len(cause.findings), cause.rows
    if not numbers:
        return Text("", "") if count == 1 else Text(f": {count:,}件", f": {count:,} times")
    if count == 1:
        return Text(f" {numbers[0]}行目", f" row {numbers[0]}")
    shown = _list_first_rows(numbers)
    more = count > len(shown)
    return Text(
        f": {count:,}行({'・'.join(shown)}行目{'ほか' if more else ''})",
        f": {count:,} rows ({', '.join(shown)}{' …' if more else ''})",
    )


def _list_first_rows(numbers: Sequence[int]) -> list[str]:
    return [str(number) for number in numbers[:_ROWS]]


def _quote_first_cell(cause: Cause) -> Text:
    """Return the first cell that is quoted, and that there are others; blank where no cell is."""
    values = dict.fromkeys(each.value for each in cause.findings if each.value)
    if not values:
        return Text("", "")
    value = _flatten_lines(next(iter(values)))
    cut = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
    others = len(values) > 1
    return Text(f"「{cut}」{'ほか' if others else ''}", f' "{cut}"{" and others" if others else ""}')
