"""Which sheets of a workbook hold which input table: one rule for files and for the open workbook.

A sheet is taken by its name and its headers together. Every sheet is taken or told.

Decision 0274: why name and headers decide together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.definition.settings_sheet import is_settings
from engine.language.errors import Finding, Text
from engine.reading.columns import TABLES, bind, columns, find_table, needs, recognised, table_text
from engine.reading.profiles import Wishes
from engine.reading.raw import find_header_row, shown
from engine.reading.sheet_names import is_own, tables_named
from engine.reading.sheet_rules import Candidate, Choosing, SheetView, Strength, fit_of, fits, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.reading.profiles import Profile

__all__ = ["Choice", "SheetView", "choose_sheets", "passed_over"]

_BY_HEADERS: Final = ("orders", "customers")
"""Tables that headers alone can name; the others share their few headers with too much else."""
_TELLING: Final = 2  # known columns that a sheet of unknown name must have


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


def passed_over(names: Sequence[str]) -> frozenset[str]:
    """Return the sheets that need not even be looked at: the definition, and beside input sheets those of this product.

    Parameters
    ----------
    names
        All sheets of the workbook.
    """
    has_input = any(find_table(name) in ("customers", "orders") for name in names)
    ours = {name for name in names if has_input and is_own(name) and find_table(name) is None}
    return frozenset(ours | {name for name in names if is_settings(name)})


def choose_sheets(
    views: Sequence[SheetView],
    names: Sequence[str],
    source: Callable[[str], str],
    mapping: Mapping[str, Mapping[str, str]] | None = None,
    only: str | None = None,
    wishes: Wishes | None = None,
) -> Choice:
    """Choose the sheets to read.

    Parameters
    ----------
    views
        The sheets that are not passed over (`passed_over`), in the order of the workbook.
    names
        All sheets of the workbook.
    source
        A sheet's name to how findings name it.
    mapping
        Table key to column key to header, where the caller says so.
    only
        The one table that is wanted; sheets of other tables are told and not read.
    wishes
        The profile that the caller names; left out, the profiles that are recognised say which table a sheet is.
    """
    choosing = Choosing(source, mapping or {})
    known = wishes or Wishes()
    not_looked_at = passed_over(names)
    passed = [name for name in names if name in not_looked_at]
    rest: list[SheetView] = []
    ours = [view for view in views if is_own(view.name) and find_table(view.name) is None]
    for view in [each for each in views if each not in ours]:
        if _is_blank_sheet(view):
            choosing.findings.append(_note_blank_sheet(source(view.name), find_table(view.name) or ""))
        elif not _take_sheet(choosing, view, only, known):
            rest.append(view)
    if any(any(each.filled for each in choosing.found.get(table, ())) for table in _BY_HEADERS):
        passed += [view.name for view in ours]
    else:  # a sheet that only bears the name of one of ours is somebody's table where nothing else is
        rest += [view for view in ours if not _take_sheet(choosing, view, only, known)]
    _note_passed_over(choosing, passed, only)
    if not any(any(each.filled for each in found) for found in choosing.found.values()):
        rest = _take_unfit_sheets(choosing, rest, only)
    rest = _take_own_names_unfit(choosing, rest, only)
    for table in list(choosing.found):
        settle(choosing, table)
    for view in rest:
        _tell_unfit_sheet(choosing, view, only)
    order = {view.name: place for place, view in enumerate(views)}
    sheets = {
        table: tuple(sorted((each.view.name for each in choosing.found[table]), key=order.__getitem__))
        for table in TABLES
        if choosing.found.get(table)
    }
    return Choice(sheets, tuple(choosing.findings))


def _is_blank_sheet(view: SheetView) -> bool:
    return not any(shown(cell).strip() for row in view.rows for cell in row)


def _note_blank_sheet(source: str, table: str) -> Finding:
    return Finding("note", "empty_sheet", table, source, None, None, None, Text("シートは空です", "The sheet is empty"))


def _note_passed_over(choosing: Choosing, names: Sequence[str], only: str | None) -> None:
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


def _take_sheet(choosing: Choosing, view: SheetView, only: str | None, wishes: Wishes) -> bool:
    """Take the sheet as a candidate of the table that its name and headers say; return whether there is one."""
    named = find_table(view.name)
    layout = wishes.find(view.rows, named or only)
    if layout is not None:
        _take_known_layout(choosing, view, layout)
        return True
    if (
        named is not None
    ):  # a table that lacks a column is not taken for another one: 取引 without its dates is no list of customers
        ways: list[tuple[str, Strength]] = [(named, "name")]
    else:
        ways = [(table, "word") for table in tables_named(view.name)]
        ways += [(table, "headers") for table in dict.fromkeys((*([only] if only else []), *_BY_HEADERS))]
    best: tuple[str, Candidate] | None = None
    for table, strength in ways:
        found = fit_of(choosing, table, view, strength)
        if not fits(table, found.known):
            continue
        if strength == "headers" and only is None and not _says_table_plainly(choosing, table, found):
            continue
        if strength != "headers":
            best = (table, found)
            break
        if best is None or found.is_pivot or (len(found.known) > len(best[1].known) and not best[1].is_pivot):
            best = (table, found)
    if best is None:
        return False
    table, found = best
    if only is not None and table != only:
        return False
    choosing.found.setdefault(table, []).append(found)
    return True


def _take_known_layout(choosing: Choosing, view: SheetView, layout: tuple[Profile, int]) -> None:
    """Take a sheet whose layout a profile knows."""
    table, at = layout[0].table, layout[1]
    headers = tuple(shown(cell).strip() for cell in view.rows[at])
    known = frozenset(bind(table, headers).fields)
    spoken = find_table(view.name) is not None
    strength: Strength = "name" if spoken else "headers" if known & {"customer_id", "customer", "name"} else "word"
    choosing.found.setdefault(table, []).append(Candidate(view, strength, known, headers, at))


def _says_table_plainly(choosing: Choosing, table: str, found: Candidate) -> bool:
    """Return whether a sheet's headers alone say the table: enough of them, and no other table has more of them."""
    if len(found.known) < _TELLING:
        return False
    rivals = {
        other: fit_of(choosing, other, found.view, "headers").known for other in TABLES if other not in _BY_HEADERS
    }
    return all(len(known) <= len(found.known) for other, known in rivals.items() if fits(other, known))


def _take_unfit_sheets(choosing: Choosing, rest: list[SheetView], only: str | None) -> list[SheetView]:
    """Where no sheet fits, take those that are named after a table, else the likeliest: cleaning says what they lack."""
    named = [(view, table) for view in rest if (table := find_table(view.name)) and only in (None, table)]
    if not named:
        likely = [
            (len(found.known), view, table)
            for view in rest
            for table in ([only] if only else _BY_HEADERS)
            if (found := fit_of(choosing, table, view, "headers")).known and _is_likely_table(table, found.known, only)
        ]
        named = [(view, table) for _, view, table in sorted(likely, key=lambda each: -each[0])[:1]]
        if not named and only and rest:
            named = [(rest[0], only)]
    taken = {id(view) for view, _ in named}
    for view, table in named:
        if not choosing.found.get(table):
            choosing.found[table] = [fit_of(choosing, table, view, "name")]
        else:
            taken.discard(id(view))
    return [view for view in rest if id(view) not in taken]


def _take_own_names_unfit(choosing: Choosing, rest: list[SheetView], only: str | None) -> list[SheetView]:
    """Take 顧客 and 取引 that lack a column, where no other sheet is that table: cleaning refuses them and says which.

    A portfolio without its orders would look right; a warning that they were passed over is too little for that.
    """
    own = {
        table: view
        for view in rest
        if (table := find_table(view.name)) in _BY_HEADERS
        and only in (None, table)
        and view.name in table_text(table)
        and not choosing.found.get(table)
    }
    for table, view in own.items():
        choosing.found[table] = [fit_of(choosing, table, view, "name")]
    taken = {id(view) for view in own.values()}
    return [view for view in rest if id(view) not in taken]


def _is_likely_table(table: str, known: frozenset[str], only: str | None) -> bool:
    """Return whether a sheet that lacks a column is still more likely this table than a note: customer and date of orders."""
    return only is not None or (table == "orders" and bool(known & {"customer_id", "customer"}) and "date" in known)


# ---- sheets that hold no table --------------------------------------------------------------------------------------------


def _tell_unfit_sheet(choosing: Choosing, view: SheetView, only: str | None) -> None:
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
        lacking = _word_lacking_needs(named, fit_of(choosing, named, view, "name").known)
        choosing.pass_over(
            view.name, "warning", named,
            Text(
                f"シート名は{table_text(named).ja}の表ですが、必要な列({lacking.ja})がないので読みません",
                f"By its name it is the {table_text(named).en.lower()} table, but it lacks {lacking.en}, so it was not read",
            ),
        )  # fmt: skip
        return
    likely = max(TABLES, key=lambda table: _count_known_headers(view, table))
    known = (
        fit_of(choosing, likely, view, "headers").known
        if _count_known_headers(view, likely) >= _TELLING
        else frozenset()
    )
    title = table_text(likely)
    if known and fits(likely, known):
        reason = Text(
            f"{title.ja}の表に見えますが、名前から決められないので読みません。読む場合はシート名に「{title.ja}」を入れてください",
            f'It looks like {title.en.lower()}, but its name does not say so and it was not read; put "{title.en}" into its name',
        )
        choosing.pass_over(view.name, "warning", likely, reason)
    elif known:
        lacking = _word_lacking_needs(likely, known)
        reason = Text(
            f"表として読むのに必要な列がありません(最も近い表: {title.ja}、ない列: {lacking.ja})",
            f"It lacks columns that a table needs (nearest: {title.en.lower()}; missing: {lacking.en})",
        )
        choosing.pass_over(view.name, "warning", "", reason)
    else:
        reason = Text("顧客・取引などの見出しがないので、表として読みません", "It has no headers of an input table")
        choosing.pass_over(view.name, "note", "", reason)


def _count_known_headers(view: SheetView, table: str) -> int:
    at = find_header_row(table, view.rows)
    return recognised(table, [shown(cell).strip() for cell in view.rows[at]])


def _word_lacking_needs(table: str, known: frozenset[str]) -> Text:
    texts = {column.key: column.text for column in columns(table)}
    groups = [keys for keys in needs(table) if not any(key in known for key in keys)]
    return Text(
        "・".join("または".join(f"「{texts[key].ja}」" for key in keys) for keys in groups),
        ", ".join(" or ".join(f'"{texts[key].en}"' for key in keys) for keys in groups),
    )
