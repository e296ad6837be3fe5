"""Several sheets that may hold one table: which are read together, and why the others are not.

Decision 0274: the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from engine.language.errors import Finding, Refusal, Text
from engine.language.months import count_months
from engine.language.words import folded
from engine.reading.columns import bind, needs, table_text
from engine.reading.raw import NO_COLUMNS, find_header_row, raw_from_block, shown
from engine.reading.shapes import is_pivot
from engine.reading.sheet_names import copied_name, is_other, is_period, is_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Strength = Literal["name", "word", "headers"]

_BY_MONTH: Final = frozenset(("date", "amount"))
"""Columns that a table of customers by months has in its head."""
_TOTALS_ONLY: Final = frozenset(("customer_id", "name", "sales"))
"""A table of customers with nothing but these, beside orders, sums the orders up."""


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet as the choice sees it.

    Parameters
    ----------
    name
        The sheet's name.
    rows
        Its cells from the top; a row may end early.
    """

    name: str
    rows: Sequence[Sequence[object]]


@dataclass(slots=True)
class Candidate:
    """A sheet that may hold a table: why it is thought to, which columns it has, and the headers as written."""

    view: SheetView
    strength: Strength
    known: frozenset[str]
    headers: tuple[str, ...]
    at: int
    is_pivot: bool = False

    @property
    def filled(self) -> bool:
        """Whether anything stands below the header."""
        return any(shown(cell).strip() for row in self.view.rows[self.at + 1 :] for cell in row)

    @property
    def layout(self) -> frozenset[str]:
        """The headers as written."""
        return frozenset(header for header in self.headers if header)


@dataclass(slots=True)
class Choosing:
    """The choice while it is made."""

    source: Callable[[str], str]
    mapping: Mapping[str, Mapping[str, str]]
    found: dict[str, list[Candidate]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def pass_over(self, name: str, severity: Literal["warning", "note"], table: str, reason: Text) -> None:
        """Tell why a sheet is not read."""
        self.findings.append(Finding(severity, "sheet_not_read", table, self.source(name), None, None, None, reason))


def fit_of(choosing: Choosing, table: str, view: SheetView, strength: Strength) -> Candidate:
    """Return what of `table` stands in the sheet.

    Parameters
    ----------
    choosing
        The choice, for the caller's mapping of headers.
    table
        The table's key.
    view
        The sheet.
    strength
        What speaks for the table: the sheet's name, a word in it, or the headers alone.
    """
    told = {key: header for key, header in choosing.mapping.get(table, {}).items() if key not in NO_COLUMNS}
    at = find_header_row(table, view.rows, told)
    headers = tuple(shown(cell).strip() for cell in view.rows[at])
    there = {key: header for key, header in told.items() if all(part in headers for part in header.split("*"))}
    try:
        known = frozenset(bind(table, headers, there).fields)
    except Refusal:  # a column that is mapped and is none of the table's: refused when the table is cleaned
        known = frozenset()
    by_month = table == "orders" and "date" not in there and _is_table_by_months(view, at)
    return Candidate(view, strength, known | _BY_MONTH if by_month else known, headers, at, by_month)


def _is_table_by_months(view: SheetView, at: int) -> bool:
    """Return whether a sheet is a table of customers by months; only its head is looked at."""
    head = view.rows[: at + 4]
    if not any(count_months([shown(cell).strip() for cell in row], 2) for row in head[max(at - 3, 0) :]):
        return False
    return is_pivot(raw_from_block("orders", head, view.name))


def fits(table: str, known: frozenset[str]) -> bool:
    """Return whether the columns are enough for the table."""
    return all(any(key in known for key in keys) for keys in needs(table))


def settle(choosing: Choosing, table: str) -> None:
    """Leave of a table's candidates those that are read together, and tell why the others are not.

    Parameters
    ----------
    choosing
        The choice; its candidates and findings are changed in place.
    table
        The table's key.
    """
    for rule in (
        _drop_copied_sheets,
        _drop_pivot_sheets,
        _drop_sheets_by_word,
        _drop_customer_summaries,
        _drop_other_layouts,
        _drop_bare_sheets,
    ):
        found = choosing.found[table]
        if len(found) > (0 if rule is _drop_customer_summaries else 1):
            choosing.found[table] = rule(choosing, table, found)


def _drop_copied_sheets(choosing: Choosing, table: str, found: list[Candidate]) -> list[Candidate]:
    names = {folded(each.view.name) for each in found}
    kept = []
    for each in found:
        original = copied_name(each.view.name)
        if original is not None and folded(original) in names:
            choosing.pass_over(
                each.view.name, "warning", table,
                Text(
                    f"名前からシート「{original}」の写しとみなし、読みません(二重の計上を防ぐため)。読む場合は名前を変えてください",
                    f'By its name it is a copy of the sheet "{original}" and was not read, so that nothing counts twice; rename it to '
                    "have it read",
                ),
            )  # fmt: skip
        else:
            kept.append(each)
    return kept


def _drop_pivot_sheets(choosing: Choosing, table: str, found: list[Candidate]) -> list[Candidate]:
    """Leave out tables of customers by months beside lists of orders: they most often sum the same sales up."""
    if not any(each.filled for each in found if not each.is_pivot):
        return found
    for each in found:
        if each.is_pivot:
            choosing.pass_over(
                each.view.name, "warning", table,
                Text(
                    "顧客と月の集計表で、取引の明細のシートもあるので読みません(二重の計上を防ぐため)。明細にない売上なら別のブックにして渡してください",
                    "It is a table of customers by months beside a list of orders and was not read, so that nothing counts twice; if its "
                    "sales are not in the list, give it as a workbook of its own",
                ),
            )  # fmt: skip
    return [each for each in found if not each.is_pivot]


def _drop_sheets_by_word(choosing: Choosing, table: str, found: list[Candidate]) -> list[Candidate]:
    """Leave out sheets whose names call them a sum or another kind of record, where others are left."""
    spoken = [
        each for each in found if each.strength != "name" and (is_summary(each.view.name) or is_other(each.view.name))
    ]
    if not any(each.filled for each in found if each not in spoken):
        return found
    for each in spoken:
        what = (
            Text("集計", "a sum of other sheets")
            if is_summary(each.view.name)
            else Text("別の種類の記録", "another kind of record")
        )
        choosing.pass_over(
            each.view.name, "warning", table,
            Text(
                f"名前から{what.ja}とみなし、読みません。{table_text(table).ja}として読む場合は名前を変えてください",
                f"By its name it is {what.en} and was not read; rename it to have it read as {table_text(table).en.lower()}",
            ),
        )  # fmt: skip
    return [each for each in found if each not in spoken]


def _drop_other_layouts(choosing: Choosing, table: str, found: list[Candidate]) -> list[Candidate]:
    """Beside a sheet that bears the table's name, leave out sheets that only their headers speak for and that look different."""
    named = [each for each in found if each.strength == "name" and each.filled]
    if not named:
        return found
    layouts = [each.layout for each in named]
    kept = []
    for each in found:
        if each.strength != "headers" or is_period(each.view.name) or each.layout in layouts:
            kept.append(each)
            continue
        title, first = table_text(table), named[0].view.name
        choosing.pass_over(
            each.view.name, "warning", table,
            Text(
                f"シート「{first}」を使いました。このシートも{title.ja}の表に見えますが、名前も列も違うので読みません。"
                f"合わせて読む場合はシート名に「{title.ja}」を入れてください",
                f'Sheet "{first}" was used. This one looks like {title.en.lower()}, too, but has another name and other columns, so it '
                f'was not read; put "{title.en}" into its name to have both read',
            ),
        )  # fmt: skip
    return kept


def _drop_customer_summaries(choosing: Choosing, table: str, found: list[Candidate]) -> list[Candidate]:
    """Leave out lists of customers that only sum up the orders, or add no customer to the list before them."""
    if table != "customers":
        return found
    has_orders = any(each.filled for each in choosing.found.get("orders", ()))
    kept: list[Candidate] = []
    first = next((each for each in found if each.strength == "name"), None)
    for each in found:
        if each.strength != "name" and has_orders and each.known <= _TOTALS_ONLY and "sales" in each.known:
            reason = Text(
                "顧客ごとの合計の表で、取引の表があるので読みません(売上は取引から計算します)",
                "It holds totals by customer; there are orders, and sales are computed from them, so it was not read",
            )
            choosing.pass_over(each.view.name, "warning", table, reason)
        elif each.strength != "name" and first is not None and _adds_no_customer(each, first):
            reason = Text(
                f"顧客はすべてシート「{first.view.name}」にあるので読みません。足りない列はそのシートに加えてください",
                f'All its customers are on the sheet "{first.view.name}", so it was not read; add its further columns there',
            )
            choosing.pass_over(each.view.name, "warning", table, reason)
        elif each.strength == "headers" and has_orders and _repeats_customers(each):
            reason = Text(
                "同じ顧客の行が複数あるので、顧客の一覧とはみなさず読みません",
                "It has several rows of one customer, so it was not taken for a list of customers and not read",
            )
            choosing.pass_over(each.view.name, "warning", table, reason)
        else:
            kept.append(each)
    return kept


def _repeats_customers(each: Candidate) -> bool:
    words = _read_key_words(each, "customer_id" if "customer_id" in each.known else "name")
    return len(words) != len(set(words))


def _adds_no_customer(each: Candidate, first: Candidate) -> bool:
    for key in ("customer_id", "name"):
        if key in each.known and key in first.known:
            return set(_read_key_words(each, key)) <= set(_read_key_words(first, key))
    return False


def _read_key_words(each: Candidate, key: str) -> list[str]:
    at = bind("customers", each.headers).fields[key].at[0]
    cells = (shown(row[at]).strip() for row in each.view.rows[each.at + 1 :] if at < len(row))
    return [folded(cell) for cell in cells if cell]


def _drop_bare_sheets(choosing: Choosing, table: str, found: list[Candidate]) -> list[Candidate]:
    """Leave out sheets with a header and nothing below it, where others are filled."""
    if not any(each.filled for each in found):
        for each in found[1:]:
            choosing.findings.append(_note_bare_sheet(choosing, table, each))
        return found[:1]
    for each in found:
        if not each.filled:
            choosing.findings.append(_note_bare_sheet(choosing, table, each))
    return [each for each in found if each.filled]


def _note_bare_sheet(choosing: Choosing, table: str, each: Candidate) -> Finding:
    reason = Text("見出しだけで、データの行がありません", "There is a header and no row below it")
    return Finding("note", "empty_sheet", table, choosing.source(each.view.name), None, None, None, reason)
