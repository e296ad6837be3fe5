"""Which sheets of a workbook hold which input table: one rule for files and for the open workbook.

A sheet is taken by its name and its headers together; the reasons are in docs/decisions/0274. Every sheet is taken or told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from engine.columns import TABLES, bind, columns, find_table, needs, recognised, table_text
from engine.errors import Finding, Refusal, Text
from engine.matching import folded
from engine.raw import find_header_row, shown
from engine.settings import is_settings
from engine.sheet_names import copied_name, is_other, is_own, is_period, is_summary, tables_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Choice", "SheetView", "choose_sheets", "is_passed_over"]

Strength = Literal["name", "word", "headers"]

_BY_HEADERS: Final = ("orders", "customers")
"""Tables that headers alone can name; the others share their few headers with too much else."""
_TELLING: Final = 2  # known columns that a sheet of unknown name must have
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


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sheets hold which table.

    Parameters
    ----------
    sheets
        Table key to names of sheets, in the order of the workbook; the tables in their usual order.
    findings
        A finding for every sheet that is not read, with its reason.
    """

    sheets: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Candidate:
    """A sheet that may hold a table: why it is thought to, which columns it has, and the headers as written."""

    view: SheetView
    strength: Strength
    known: frozenset[str]
    headers: tuple[str, ...]
    at: int

    @property
    def filled(self) -> bool:
        return any(shown(cell).strip() for row in self.view.rows[self.at + 1 :] for cell in row)

    @property
    def layout(self) -> frozenset[str]:
        return frozenset(header for header in self.headers if header)


@dataclass(slots=True)
class _Choosing:
    """The choice while it is made."""

    source: Callable[[str], str]
    mapping: Mapping[str, Mapping[str, str]]
    found: dict[str, list[_Candidate]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def pass_over(self, name: str, severity: Literal["warning", "note"], table: str, reason: Text) -> None:
        self.findings.append(Finding(severity, "sheet_not_read", table, self.source(name), None, None, None, reason))


def is_passed_over(name: str, names: Sequence[str]) -> bool:
    """Return whether a sheet need not even be looked at: the definition, or one of this product's own beside input sheets.

    Parameters
    ----------
    name
        The sheet.
    names
        All sheets of the workbook.
    """
    has_input = any(find_table(each) in ("customers", "orders") for each in names)
    return is_settings(name) or (has_input and is_own(name) and find_table(name) is None)


def choose_sheets(
    views: Sequence[SheetView],
    names: Sequence[str],
    source: Callable[[str], str],
    mapping: Mapping[str, Mapping[str, str]] | None = None,
    only: str | None = None,
) -> Choice:
    """Choose the sheets to read.

    Parameters
    ----------
    views
        The sheets that are not passed over (`is_passed_over`), in the order of the workbook.
    names
        All sheets of the workbook.
    source
        A sheet's name to how findings name it.
    mapping
        Table key to column key to header, where the caller says so.
    only
        The one table that is wanted; sheets of other tables are told and not read.
    """
    choosing = _Choosing(source, mapping or {})
    passed = [name for name in names if is_passed_over(name, names)]
    rest: list[SheetView] = []
    ours = [view for view in views if is_own(view.name) and find_table(view.name) is None]
    for view in [each for each in views if each not in ours]:
        if _is_blank(view):
            choosing.findings.append(_blank(source(view.name), find_table(view.name) or ""))
        elif not _take(choosing, view, only):
            rest.append(view)
    if any(any(each.filled for each in choosing.found.get(table, ())) for table in _BY_HEADERS):
        passed += [view.name for view in ours]
    else:  # a sheet that only bears the name of one of ours is somebody's table where nothing else is
        rest += [view for view in ours if not _take(choosing, view, only)]
    _tell_passed_over(choosing, passed, only)
    if not any(any(each.filled for each in found) for found in choosing.found.values()):
        rest = _take_unfit(choosing, rest, only)
    for table in list(choosing.found):
        _settle(choosing, table)
    for view in rest:
        _tell_unfit(choosing, view, only)
    order = {view.name: place for place, view in enumerate(views)}
    sheets = {
        table: tuple(sorted((each.view.name for each in choosing.found[table]), key=order.__getitem__))
        for table in TABLES
        if choosing.found.get(table)
    }
    return Choice(sheets, tuple(choosing.findings))


def _is_blank(view: SheetView) -> bool:
    return not any(shown(cell).strip() for row in view.rows for cell in row)


def _blank(source: str, table: str) -> Finding:
    return Finding("note", "empty_sheet", table, source, None, None, None, Text("シートは空です", "The sheet is empty"))


def _tell_passed_over(choosing: _Choosing, names: Sequence[str], only: str | None) -> None:
    for name in names:
        if is_settings(name):
            reason = Text("定義として読みました", "It was read as the definition")
            if only is not None:
                reason = Text("定義のシートなので、ここでは読みません", "It holds a definition and was not read here")
            choosing.findings.append(
                Finding("note", "definition_sheet", "", choosing.source(name), None, None, None, reason)
            )
    own = [name for name in names if not is_settings(name)]
    if own:
        reason = Text(
            f"本ツールのシート{len(own)}枚は入力ではないので読みません: {'・'.join(own)}",
            f"{len(own)} sheet{'s' * (len(own) > 1)} of this product hold no input and were not read: {', '.join(own)}",
        )
        choosing.findings.append(
            Finding("note", "own_sheets", "", choosing.source("").removesuffix(" › "), None, None, None, reason)
        )


def _fit(choosing: _Choosing, table: str, view: SheetView, strength: Strength) -> _Candidate:
    """Return what of `table` stands in the sheet."""
    told = {key: header for key, header in choosing.mapping.get(table, {}).items() if key != "date_order"}
    at = find_header_row(table, view.rows, told)
    headers = tuple(shown(cell).strip() for cell in view.rows[at])
    there = {key: header for key, header in told.items() if all(part in headers for part in header.split("*"))}
    try:
        known = frozenset(bind(table, headers, there).fields)
    except Refusal:  # a column that is mapped and is none of the table's: refused when the table is cleaned
        known = frozenset()
    return _Candidate(view, strength, known, headers, at)


def _fits(table: str, known: frozenset[str]) -> bool:
    return all(any(key in known for key in keys) for keys in needs(table))


def _take(choosing: _Choosing, view: SheetView, only: str | None) -> bool:
    """Take the sheet as a candidate of the table that its name and headers say; return whether there is one."""
    named = find_table(view.name)
    if (
        named is not None
    ):  # a table that lacks a column is not taken for another one: 取引 without its dates is no list of customers
        ways: list[tuple[str, Strength]] = [(named, "name")]
    else:
        ways = [(table, "word") for table in tables_named(view.name)]
        ways += [(table, "headers") for table in dict.fromkeys((*([only] if only else []), *_BY_HEADERS))]
    best: tuple[str, _Candidate] | None = None
    for table, strength in ways:
        found = _fit(choosing, table, view, strength)
        if not _fits(table, found.known):
            continue
        if strength == "headers" and only is None and not _is_plain(choosing, table, found):
            continue
        if strength != "headers":
            best = (table, found)
            break
        if best is None or len(found.known) > len(best[1].known):
            best = (table, found)
    if best is None:
        return False
    table, found = best
    if only is not None and table != only:
        return False
    choosing.found.setdefault(table, []).append(found)
    return True


def _is_plain(choosing: _Choosing, table: str, found: _Candidate) -> bool:
    """Return whether a sheet's headers alone say the table: enough of them, and no other table has more of them."""
    if len(found.known) < _TELLING:
        return False
    rivals = {other: _fit(choosing, other, found.view, "headers").known for other in TABLES if other not in _BY_HEADERS}
    return all(len(known) <= len(found.known) for other, known in rivals.items() if _fits(other, known))


def _take_unfit(choosing: _Choosing, rest: list[SheetView], only: str | None) -> list[SheetView]:
    """Where no sheet fits, take those that are named after a table, else the likeliest: cleaning says what they lack."""
    named = [(view, table) for view in rest if (table := find_table(view.name)) and only in (None, table)]
    if not named:
        likely = [
            (len(found.known), view, table)
            for view in rest
            for table in ([only] if only else _BY_HEADERS)
            if (found := _fit(choosing, table, view, "headers")).known and _is_likely(table, found.known, only)
        ]
        named = [(view, table) for _, view, table in sorted(likely, key=lambda each: -each[0])[:1]]
        if not named and only and rest:
            named = [(rest[0], only)]
    taken = {id(view) for view, _ in named}
    for view, table in named:
        if not choosing.found.get(table):
            choosing.found[table] = [_fit(choosing, table, view, "name")]
        else:
            taken.discard(id(view))
    return [view for view in rest if id(view) not in taken]


def _is_likely(table: str, known: frozenset[str], only: str | None) -> bool:
    """Return whether a sheet that lacks a column is still more likely this table than a note: customer and date of orders."""
    return only is not None or (table == "orders" and bool(known & {"customer_id", "customer"}) and "date" in known)


# ---- several sheets for one table -----------------------------------------------------------------------------------------


def _settle(choosing: _Choosing, table: str) -> None:
    """Leave of a table's candidates those that are read together, and tell why the others are not."""
    for rule in (_drop_copies, _drop_by_word, _drop_summaries, _drop_strangers, _drop_bare):
        found = choosing.found[table]
        if len(found) > (0 if rule is _drop_summaries else 1):
            choosing.found[table] = rule(choosing, table, found)


def _drop_copies(choosing: _Choosing, table: str, found: list[_Candidate]) -> list[_Candidate]:
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


def _drop_by_word(choosing: _Choosing, table: str, found: list[_Candidate]) -> list[_Candidate]:
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


def _drop_strangers(choosing: _Choosing, table: str, found: list[_Candidate]) -> list[_Candidate]:
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


def _drop_summaries(choosing: _Choosing, table: str, found: list[_Candidate]) -> list[_Candidate]:
    """Leave out lists of customers that only sum up the orders, or add no customer to the list before them."""
    if table != "customers":
        return found
    has_orders = any(each.filled for each in choosing.found.get("orders", ()))
    kept: list[_Candidate] = []
    first = next((each for each in found if each.strength == "name"), None)
    for each in found:
        if each.strength != "name" and has_orders and each.known <= _TOTALS_ONLY and "sales" in each.known:
            reason = Text(
                "顧客ごとの合計の表で、取引の表があるので読みません(売上は取引から計算します)",
                "It holds totals by customer; there are orders, and sales are computed from them, so it was not read",
            )
            choosing.pass_over(each.view.name, "warning", table, reason)
        elif each.strength != "name" and first is not None and _adds_nobody(each, first):
            reason = Text(
                f"顧客はすべてシート「{first.view.name}」にあるので読みません。足りない列はそのシートに加えてください",
                f'All its customers are on the sheet "{first.view.name}", so it was not read; add its further columns there',
            )
            choosing.pass_over(each.view.name, "warning", table, reason)
        elif each.strength == "headers" and has_orders and _repeats(each):
            reason = Text(
                "同じ顧客の行が複数あるので、顧客の一覧とはみなさず読みません",
                "It has several rows of one customer, so it was not taken for a list of customers and not read",
            )
            choosing.pass_over(each.view.name, "warning", table, reason)
        else:
            kept.append(each)
    return kept


def _repeats(each: _Candidate) -> bool:
    words = _words(each, "customer_id" if "customer_id" in each.known else "name")
    return len(words) != len(set(words))


def _adds_nobody(each: _Candidate, first: _Candidate) -> bool:
    for key in ("customer_id", "name"):
        if key in each.known and key in first.known:
            return set(_words(each, key)) <= set(_words(first, key))
    return False


def _words(each: _Candidate, key: str) -> list[str]:
    at = bind("customers", each.headers).fields[key].at[0]
    cells = (shown(row[at]).strip() for row in each.view.rows[each.at + 1 :] if at < len(row))
    return [folded(cell) for cell in cells if cell]


def _drop_bare(choosing: _Choosing, table: str, found: list[_Candidate]) -> list[_Candidate]:
    """Leave out sheets with a header and nothing below it, where others are filled."""
    if not any(each.filled for each in found):
        for each in found[1:]:
            choosing.findings.append(_bare(choosing, table, each))
        return found[:1]
    for each in found:
        if not each.filled:
            choosing.findings.append(_bare(choosing, table, each))
    return [each for each in found if each.filled]


def _bare(choosing: _Choosing, table: str, each: _Candidate) -> Finding:
    reason = Text("見出しだけで、データの行がありません", "There is a header and no row below it")
    return Finding("note", "empty_sheet", table, choosing.source(each.view.name), None, None, None, reason)


# ---- sheets that hold no table --------------------------------------------------------------------------------------------


def _tell_unfit(choosing: _Choosing, view: SheetView, only: str | None) -> None:
    if only is not None:
        title = table_text(only)
        reason = Text(
            f"{title.ja}の表ではないので、ここでは読みません",
            f"It is no table of {title.en.lower()} and was not read here",
        )
        choosing.pass_over(view.name, "note", "", reason)
        return
    named = find_table(view.name)
    if named is not None:
        lacking = _lacking(named, _fit(choosing, named, view, "name").known)
        choosing.pass_over(
            view.name, "warning", named,
            Text(
                f"シート名は{table_text(named).ja}の表ですが、必要な列({lacking.ja})がないので読みません",
                f"By its name it is the {table_text(named).en.lower()} table, but it lacks {lacking.en}, so it was not read",
            ),
        )  # fmt: skip
        return
    likely = max(TABLES, key=lambda table: _count(view, table))
    known = _fit(choosing, likely, view, "headers").known if _count(view, likely) >= _TELLING else frozenset()
    title = table_text(likely)
    if known and _fits(likely, known):
        reason = Text(
            f"{title.ja}の表に見えますが、名前から決められないので読みません。読む場合はシート名に「{title.ja}」を入れてください",
            f'It looks like {title.en.lower()}, but its name does not say so and it was not read; put "{title.en}" into its name',
        )
        choosing.pass_over(view.name, "warning", likely, reason)
    elif known:
        lacking = _lacking(likely, known)
        reason = Text(
            f"表として読むのに必要な列がありません(最も近い表: {title.ja}、ない列: {lacking.ja})",
            f"It lacks columns that a table needs (nearest: {title.en.lower()}; missing: {lacking.en})",
        )
        choosing.pass_over(view.name, "warning", "", reason)
    else:
        reason = Text("顧客・取引などの見出しがないので、表として読みません", "It has no headers of an input table")
        choosing.pass_over(view.name, "note", "", reason)


def _count(view: SheetView, table: str) -> int:
    at = find_header_row(table, view.rows)
    return recognised(table, [shown(cell).strip() for cell in view.rows[at]])


def _lacking(table: str, known: frozenset[str]) -> Text:
    texts = {column.key: column.text for column in columns(table)}
    groups = [keys for keys in needs(table) if not any(key in known for key in keys)]
    return Text(
        "・".join("または".join(f"「{texts[key].ja}」" for key in keys) for keys in groups),
        ", ".join(" or ".join(f'"{texts[key].en}"' for key in keys) for keys in groups),
    )
