"""What an import would do to one input sheet: which columns go where, and how the file's rows stand to those there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from addin.ribbon.data.converting import converted
from addin.ribbon.imports.merging import Merge, merge
from addin.ribbon.imports.revising import appended, formula_columns, replaced
from engine.cleaning.table_cleaner import Sheet
from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import bind, columns, find_table, table_text
from engine.reading.raw import find_header_row, raw_from_block, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Block, Book, Cell
    from engine.language.errors import Lang
    from engine.reading.columns import Field
    from engine.reading.raw import RawTable

_Laid = dict[int, "tuple[str, list[Cell]]"]
"""Position in the sheet's header → the file's header and its cells."""

KEYS: dict[str, tuple[str, ...]] = {
    "customers": ("customer_id", "name"),
    "orders": ("order_id",),
    "products": ("product",),
    "actions": ("action_id",),
}
"""The columns, the first that both have counts, by which a row is found again; other tables are compared by whole rows."""


@dataclass(frozen=True, slots=True)
class Target:
    """The input sheet.

    Parameters
    ----------
    sheet
        Its name.
    block
        What was typed into its table; None where the sheet is not there, or holds nothing.
    is_there
        Whether the workbook has the sheet.
    at
        Index of the header in the block's rows.
    header
        The headers; for a sheet that is to be made, those it will have.
    """

    sheet: str
    block: Block | None
    is_there: bool
    at: int
    header: tuple[str, ...]

    @property
    def rows(self) -> tuple[tuple[object, ...], ...]:
        """What was typed below the header."""
        return () if self.block is None else self.block.rows[self.at + 1 :]


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row of the import comes from: the place of its source in the plan, and its number there."""

    source: int
    number: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import will do to one sheet.

    Parameters
    ----------
    table
        The table's key.
    target
        The sheet.
    sources
        The files and sheets that are read, as findings name them.
    pairs
        Header in the file (or two, whose product it is) and header in the sheet.
    dropped
        Headers of the files that the sheet has no column for.
    blank
        Headers of the sheet that no file has a column for.
    calculated
        Headers of the sheet with formulas of the user's own: nothing is written there.
    places
        Positions in the sheet's header of the columns that are filled.
    given
        The rows in these columns, in the order of the files.
    origins
        Where each of them comes from.
    there
        Number of rows that the sheet holds now.
    key
        The sheet's header by which rows are told apart, "" for whole rows.
    merged
        How the rows stand to those of the sheet, whose rows are positions below its header.
    listed
        The rows of the files that hold nothing in these columns.
    """

    table: str
    target: Target
    sources: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    blank: tuple[str, ...]
    calculated: tuple[str, ...]
    places: tuple[int, ...]
    given: list[list[Cell]]
    origins: tuple[Row, ...]
    there: int
    key: str
    merged: Merge
    listed: tuple[Finding, ...] = ()


def plan_of(book: Book, table: str, raws: Sequence[RawTable], lang: Lang) -> Plan:
    """Lay the columns of one or several files into a sheet's, and compare the rows.

    Parameters
    ----------
    raws
        The files and sheets, all of the table `table`.

    Raises
    ------
    Refusal
        `missing_column` where no column of the files has a place in the sheet.
    """
    sheets = [Sheet(raw) for raw in raws]
    target = _find_target_sheet(book, table, sheets, lang)
    calculated = formula_columns(target.rows)
    laid = [_lay_out_columns(sheet, target, calculated) for sheet in sheets]
    places = tuple(place for place in range(len(target.header)) if any(place in each for each in laid))
    if not places:
        raise _refuse_without_place(target, raws)
    lines = _lay_out_file_rows(sheets, laid, places)
    given = [cells for _, cells in lines if _has_any_cell(cells)]
    pairs = tuple((next(each[place][0] for each in laid if place in each), target.header[place]) for place in places)
    there, positions = _read_target_rows(table, target, places)
    key = _find_key_column(table, target, places, given)
    merged = merge(given, there, key)
    return Plan(
        table,
        target,
        tuple(raw.source for raw in raws),
        pairs,
        _list_dropped_headers(sheets, laid),
        tuple(
            header for at, header in enumerate(target.header) if header and at not in places and at not in calculated
        ),
        tuple(header for at, header in enumerate(target.header) if header and at in calculated),
        places,
        given,
        tuple(row for row, cells in lines if _has_any_cell(cells)),
        len(there),
        target.header[places[key]] if key is not None and merged.by_key else "",
        merged.placed(positions),
        tuple(
            _note_blank_row(table, raws[row.source].source, row.number)
            for row, cells in lines
            if not _has_any_cell(cells)
        ),
    )


def _lay_out_file_rows(
    sheets: Sequence[Sheet], laid: Sequence[_Laid], places: Sequence[int]
) -> list[tuple[Row, list[Cell]]]:
    """Return every row of the files in the columns that are filled, with the place that it comes from."""
    found: list[tuple[Row, list[Cell]]] = []
    for number, (sheet, each) in enumerate(zip(sheets, laid, strict=True)):
        cells = [each[place][1] if place in each else [None] * len(sheet) for place in places]
        rows = (Row(number, row) for row in sheet.number.tolist())
        found += [(row, list(line)) for row, line in zip(rows, zip(*cells, strict=True), strict=True)]
    return found


def _has_any_cell(cells: Sequence[Cell]) -> bool:
    return any(cell is not None for cell in cells)


def _note_blank_row(table: str, source: str, row: int) -> Finding:
    reason = Text("取り込む列がすべて空白です", "all columns that are taken are blank")
    return Finding("error", "blank_row", table, source, row, None, None, reason)


def rows_after(plan: Plan, *, replacing: bool, with_doubles: bool = False) -> list[list[object]]:
    """Return what the sheet's table shall hold, from the first row that is read on.

    Parameters
    ----------
    replacing
        Whether the file's rows take the place of those there.
    with_doubles
        Whether rows are added as well that stand there already.
    """
    target, width = plan.target, len(plan.target.header)
    above: list[list[object]] = (
        [] if target.block is None else [list(row) for row in target.block.rows[: target.at + 1]]
    )
    head = above or [list(target.header)]
    rows: list[list[object]] = [list(row) for row in target.rows]
    if replacing:
        return [*head, *replaced(rows, plan.given, plan.places, width)]
    merged = plan.merged
    if with_doubles:
        merged = Merge(tuple(range(len(plan.given))), (), ())
    return [*head, *appended(rows, plan.given, plan.places, merged, width)]


def _find_target_sheet(book: Book, table: str, sheets: Sequence[Sheet], lang: Lang) -> Target:
    """Return the workbook's sheet for a table, as 更新 finds it; where there is none, one with the known columns."""
    own = [sheet for sheet in book.sheets() if find_table(sheet) == table]
    names = sorted(own, key=lambda sheet: sheet not in table_text(table))
    keys = {key for sheet in sheets for key in sheet.binding.fields}
    known = tuple(column.text.to(lang) for column in columns(table) if column.key in keys)
    name = names[0] if names else table_text(table).to(lang)
    block = book.contents(name) if names else None
    if block is None:
        return Target(name, None, bool(names), 0, known)
    at = find_header_row(table, block.rows)
    return Target(name, block, True, at, tuple(shown(cell).strip() for cell in block.rows[at]))


def _lay_out_columns(sheet: Sheet, target: Target, calculated: frozenset[int]) -> _Laid:
    """Return position in the sheet's header → the file's header and its cells, in the unit of the sheet's header.

    A column of the file without a single cell is as if it were not there: what a user typed is not wiped out by it.
    """
    wanted = bind(sheet.raw.name, target.header)
    at_place = {field.at[0]: field for field in wanted.fields.values() if len(field.at) == 1}
    own = {sheet.raw.header[at]: at for at in reversed(sheet.binding.further)}
    found: _Laid = {}
    for place, header in enumerate(target.header):
        field = at_place.get(place)
        given = _find_given_field(field, sheet)
        if place in calculated or not header:
            continue
        if field is not None and given is not None:
            found[place] = given.header, converted(sheet, field)
        elif field is None and header in own:
            found[place] = header, converted(sheet, own[header])
    return {place: each for place, each in found.items() if any(cell is not None for cell in each[1])}


def _find_given_field(field: Field | None, sheet: Sheet) -> Field | None:
    return None if field is None else sheet.binding.fields.get(field.column.key)


def _list_dropped_headers(sheets: Sequence[Sheet], laid: Sequence[_Laid]) -> tuple[str, ...]:
    """Return the headers of the files, each once, whose columns go nowhere."""
    dropped: dict[str, None] = {}
    for sheet, each in zip(sheets, laid, strict=True):
        used = {part for given, _ in each.values() for part in (given, *given.split("*"))}
        dropped |= dict.fromkeys(header for header in sheet.raw.header if header and header not in used)
    return tuple(dropped)


def _read_target_rows(table: str, target: Target, places: Sequence[int]) -> tuple[list[list[Cell]], list[int]]:
    """Return the sheet's own rows in these columns, read as the file's were, and the position of each below the header."""
    if target.block is None or not target.rows:
        return [], []
    header = target.block.rows[target.at]
    # Formulas stand for nothing here: a row that holds only formulas is a row that is ready, not one that is filled.
    raw = raw_from_block(table, [header, *(_drop_formula_cells(row) for row in target.rows)], target.sheet)
    sheet = Sheet(raw)
    fields = {field.at[0]: field for field in sheet.binding.fields.values() if len(field.at) == 1}
    cells = [converted(sheet, fields.get(place, place)) for place in places]
    positions = [int(number) - raw.first_row for number in sheet.number]
    return [list(row) for row in zip(*cells, strict=True)], positions


def _drop_formula_cells(row: Sequence[object]) -> list[object]:
    from addin.shared.book import Formula

    return [None if isinstance(cell, Formula) else cell for cell in row]


def _find_key_column(table: str, target: Target, places: Sequence[int], given: Sequence[Sequence[Cell]]) -> int | None:
    """Return the position among the filled columns of the one that tells rows apart, None where there is none."""
    fields = bind(table, target.header).fields
    for key in KEYS.get(table, ()):
        field = fields.get(key)
        at = places.index(field.at[0]) if field is not None and field.at[0] in places else None
        if at is not None and any(row[at] is not None for row in given):
            return at
    return None


def _refuse_without_place(target: Target, raws: Sequence[RawTable]) -> Refusal:
    headers = list(dict.fromkeys(header for raw in raws for header in raw.header if header))
    listed_ja, listed_en = "・".join(headers[:12]), ", ".join(headers[:12])
    return Refusal(
        "missing_column",
        f"{raws[0].source} に「{target.sheet}」の列が見つかりません(ファイルの列: {listed_ja})",
        f'{raws[0].source} has none of the columns of "{target.sheet}" (it has: {listed_en})',
    )
