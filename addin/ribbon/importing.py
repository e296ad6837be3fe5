"""取り込み: one file into one input sheet, in the sheet's own columns, after showing what will happen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from addin.ribbon.auditing import add_line
from addin.ribbon.choosing import choice_of
from addin.ribbon.converting import converted
from addin.ribbon.inputs import definition_in, read_inputs
from addin.ribbon.recognising import read_table, table_of_file
from engine.columns import bind, columns, find_table, table_text
from engine.display import number
from engine.errors import Refusal, Text
from engine.pipeline import clean_tables
from engine.raw import RawTables, find_header_row, shown
from engine.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.book import Book, Cell
    from engine.columns import Binding, Field
    from engine.errors import Finding, Lang
    from engine.raw import RawTable

__all__ = ["import_table"]

ENDINGS: Final = ("csv", "tsv", "txt", "xlsx", "xlsm")
_NAMED: Final = 12  # columns named in a message
_ORDER: Final = Text(
    "日付の列は、月と日のどちらが先ですか", "Does the month or the day come first in the column of dates?"
)
_ORDERS: Final[dict[str, Text]] = {
    "mdy": Text("月が先(12/31/2026)", "month first (12/31/2026)"),
    "dmy": Text("日が先(31/12/2026)", "day first (31/12/2026)"),
}


@dataclass(frozen=True, slots=True)
class _Target:
    """The input sheet: its name, whether it is there, what stands above its header, its header and rows so far."""

    sheet: str
    is_there: bool
    above: tuple[tuple[object, ...], ...]
    header: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an import will do.

    Parameters
    ----------
    pairs
        Header in the file (or two, whose product it is) and header in the sheet.
    dropped
        Headers of the file that the sheet has no column for.
    blank
        Headers of the sheet that the file has no column for.
    rows
        The sheet's new rows below its header.
    """

    table: str
    target: _Target
    pairs: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    blank: tuple[str, ...]
    rows: list[list[Cell]]


def import_table(book: Book, lang: Lang) -> Text | None:
    """Let the user choose a file, show what it would put into which sheet, and put it there when they agree.

    Returns None when they cancel; nothing has been written then.

    Raises
    ------
    Refusal
        Where the file cannot be read, or lacks a column that its table needs.
    """
    title = Text("取り込むファイルを選んでください", "Choose the file to import")
    path = book.choose_file(title.to(lang), ENDINGS)
    if path is None:
        return None
    book.progress(Text("ファイルを読んでいます…", "Reading the file…").to(lang))
    table = table_of_file(book, path, lang)
    if table is None:
        return None
    raw, noticed = read_table(path, table)
    sheet = Sheet(raw)
    if not len(sheet):
        raise Refusal("too_little_data", f"{raw.source} にデータの行がありません", f"{raw.source} has no rows of data")
    dated = _with_date_order(book, sheet, lang)
    if dated is None:
        return None
    plan = _planned(_target(book, table, lang, sheet.binding), dated, lang)
    findings = _findings(book, dated.raw, noticed)
    if not book.confirm(_question(path.name, plan, findings, _not_read(noticed)).to(lang)):
        return None
    book.progress(Text("書き込んでいます…", "Writing…").to(lang))
    with book.quiet():
        book.fill(plan.target.sheet, _filled(plan))
        note = f"{path.name} → {plan.target.sheet}"
        add_line(book, lang, "import", sha256=raw.sha256, count=len(plan.rows), note=note)
    return Text(
        f"「{plan.target.sheet}」に {len(plan.rows):,} 行を取り込みました。「更新」を押すと反映されます。",
        f'{len(plan.rows):,} rows are on the sheet "{plan.target.sheet}" now. Press Refresh to take them up.',
    )


def _with_date_order(book: Book, sheet: Sheet, lang: Lang) -> Sheet | None:
    """Return the sheet with the order of month and day told, asking the user where the dates leave it open.

    None when the user cancels.
    """
    for key, field in sheet.binding.fields.items():
        if field.column.kind != "date":
            continue
        try:
            Sheet(sheet.raw).dates(key, "error")
        except Refusal:  # the only one here: neither order can be told
            order = choice_of(book, _ORDER, _ORDERS, lang)
            if order is None:
                return None
            return Sheet(replace(sheet.raw, date_order="mdy" if order == "mdy" else "dmy"))
    return sheet


def _target(book: Book, table: str, lang: Lang, binding: Binding) -> _Target:
    """Return the workbook's sheet for a table, as 更新 finds it; where there is none, one with the file's known columns."""
    own = [sheet for sheet in book.sheets() if find_table(sheet) == table]
    names = sorted(own, key=lambda sheet: sheet not in table_text(table))
    known = tuple(column.text.to(lang) for column in columns(table) if column.key in binding.fields)
    if not names:
        return _Target(table_text(table).to(lang), is_there=False, above=(), header=known, rows=0)
    block = book.read(names[0])
    if block is None:
        return _Target(names[0], is_there=True, above=(), header=known, rows=0)
    at = find_header_row(table, block.rows)
    header = tuple(shown(cell).strip() for cell in block.rows[at])
    rows = sum(any(shown(cell).strip() for cell in row) for row in block.rows[at + 1 :])
    return _Target(names[0], is_there=True, above=block.rows[:at], header=header, rows=rows)


def _planned(target: _Target, sheet: Sheet, lang: Lang) -> _Plan:
    """Lay the file's columns into the sheet's.

    Raises
    ------
    Refusal
        `missing_column` where no column of the file has a place in the sheet.
    """
    table = sheet.raw.name
    wanted = bind(table, target.header)
    at_place = {field.at[0]: field for field in wanted.fields.values() if len(field.at) == 1}
    own = {sheet.raw.header[at]: at for at in reversed(sheet.binding.further)}
    pairs: list[tuple[str, str]] = []
    cells: list[list[Cell]] = []
    for place, header in enumerate(target.header):
        field, given = at_place.get(place), _given(at_place.get(place), sheet)
        if field is not None and given is not None:
            pairs.append((given.header, header))
            cells.append(converted(sheet, field))
        elif field is None and header in own:
            pairs.append((header, header))
            cells.append(converted(sheet, own[header]))
        else:
            cells.append([None] * len(sheet))
    if not pairs:
        raise Refusal(
            "missing_column",
            f"{sheet.raw.source} に「{target.sheet}」の列が見つかりません(ファイルの列: {_listed(sheet.raw.header)})",
            f'{sheet.raw.source} has none of the columns of "{target.sheet}" (it has: {_listed(sheet.raw.header)})',
        )
    used = {part for given, _ in pairs for part in (given, *given.split("*"))}
    mapped = {header for _, header in pairs}
    return _Plan(
        table,
        target,
        tuple(pairs),
        tuple(header for header in sheet.raw.header if header and header not in used),
        tuple(header for header in target.header if header and header not in mapped),
        [list(row) for row in zip(*cells, strict=True)],
    )


def _given(field: Field | None, sheet: Sheet) -> Field | None:
    return None if field is None else sheet.binding.fields.get(field.column.key)


def _findings(book: Book, raw: RawTable, noticed: tuple[Finding, ...]) -> tuple[Finding, ...] | Refusal:
    """Return what cleaning says of the file's rows beside the workbook's other tables, or why it cannot be asked yet.

    Raises
    ------
    Refusal
        `missing_column`: without it the table is of no use.
    """
    tables = {**read_inputs(book).tables, raw.name: raw}
    try:
        cleaned = clean_tables(RawTables(tables, noticed), definition_in(book))
    except Refusal as refusal:
        if refusal.kind == "missing_column":
            raise
        return refusal
    return tuple(finding for finding in cleaned.findings if finding.table == raw.name)


def _not_read(noticed: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return the sheets of the file that are not part of what is taken in."""
    codes = ("sheet_not_read", "double_source", "empty_sheet")
    return tuple(each.source.rpartition(" › ")[2] for each in noticed if each.code in codes)


def _question(name: str, plan: _Plan, findings: tuple[Finding, ...] | Refusal, not_read: tuple[str, ...]) -> Text:
    """Return what will happen, as the question whether it shall."""
    table, target = table_text(plan.table), plan.target
    count, there = len(plan.rows), target.rows
    ja = [f"「{name}」を{table.ja}の表として取り込みます。", f"行: {count:,}{_found(findings).ja}"]
    en = [f'"{name}" is taken as the table {table.en}.', f"Rows: {count:,}{_found(findings).en}"]
    matched = [header if given == header else f"{header}←{given}" for given, header in plan.pairs]
    for text, headers in (
        (Text("入る列", "Columns filled"), matched),
        (Text("取り込まない列(シートにない)", "Columns left out (the sheet has none)"), plan.dropped),
        (Text("空白になる列(ファイルにない)", "Columns left blank (not in the file)"), plan.blank),
        (Text("読まないシート", "Sheets that are not read"), not_read),
    ):
        if headers:
            ja.append(f"{text.ja}: {_listed(headers)}")
            en.append(f"{text.en}: {_listed(headers)}")
    if not target.is_there:
        ja.append(f"\nシート「{target.sheet}」を作ります。よろしいですか?")
        en.append(f'\nThe sheet "{target.sheet}" is made. Go on?')
    else:
        ja.append(f"\nシート「{target.sheet}」の {there:,} 行を {count:,} 行に置き換えます。よろしいですか?")
        en.append(f'\nThe {there:,} rows of the sheet "{target.sheet}" are replaced by {count:,} rows. Go on?')
    return Text("\n".join(ja), "\n".join(en))


def _found(findings: tuple[Finding, ...] | Refusal) -> Text:
    if isinstance(findings, Refusal):
        return Text(f"(検査はまだできません: {findings.text.ja})", f" (not checked yet: {findings.text.en})")
    errors = [each for each in findings if each.severity == "error"]
    unused, doubtful = (
        len({(each.source, each.row) for each in errors}),
        sum(each.severity == "warning" for each in findings),
    )
    first = errors[0] if errors else None
    ja = f"(使えない行 {unused:,}・要確認 {doubtful:,})" if unused or doubtful else "(気になる点なし)"
    en = f" ({unused:,} cannot be used, {doubtful:,} to check)" if unused or doubtful else " (nothing to report)"
    if first is not None:
        ja += f"\n例: {number(first.row, 'ja')}行目 {first.column or ''}「{first.value or ''}」{first.reason.ja}"
        en += f'\nSuch as row {number(first.row, "en")}, {first.column or ""} "{first.value or ""}": {first.reason.en}'
    return Text(ja, en)


def _listed(headers: Sequence[str]) -> str:
    return "・".join(headers[:_NAMED]) + ("…" if len(headers) > _NAMED else "")


def _filled(plan: _Plan) -> list[list[Cell]]:
    """Return the rows for the sheet, header first; a title that stands above a header without a table stays."""
    width = len(plan.target.header)
    above: list[list[Cell]] = [
        [cell if isinstance(cell, str | float | int | bool) else shown(cell) or None for cell in row[:width]]
        for row in plan.target.above
    ]
    return [*above, list(plan.target.header), *plan.rows]
