"""The chosen files as sources of an import: every sheet understood by its layout, or named with the reason why it is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from addin.ribbon.choosing import choice_of
from addin.ribbon.imports.layouts import pivot_of, source_of
from engine.cleaning.table_cleaner import Sheet
from engine.language.errors import Finding, Refusal, Text
from engine.reading.columns import TABLES, bind, find_table, recognised, table_text
from engine.reading.doubles import without_doubles
from engine.reading.profiles import fingerprint, look_at
from engine.reading.raw import find_header_row, shown
from engine.reading.shapes import is_pivot
from engine.reading.sheet_choice import SheetView, choose_sheets, passed_over
from engine.reading.sources.grids import grids_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from addin.ribbon.imports.layouts import Source
    from addin.ribbon.imports.mapping_answers import Told
    from addin.shared.book import Book
    from engine.language.dates import DateOrder
    from engine.language.errors import Lang
    from engine.reading.profiles import Look
    from engine.reading.raw import RawTable
    from engine.reading.sources.grids import Grid

ENDINGS: Final = ("csv", "tsv", "txt", "xlsx", "xlsm")
_SURE: Final = 0.7
"""Confidence of a proposal from which its table is taken without asking."""
_PARTS: Final = re.compile(r"[\s_\-.()\d]+")  # what stands between the words of a file's name
_SEARCHED: Final = 30  # rows from the top among which a header is looked for
_ORDER: Final = Text(
    "日付の列は、月と日のどちらが先ですか", "Does the month or the day come first in the column of dates?"
)
_ORDERS: Final = {
    "mdy": Text("月が先(12/31/2026)", "month first (12/31/2026)"),
    "dmy": Text("日が先(31/12/2026)", "day first (31/12/2026)"),
}
_WHICH_TABLE: Final = Text(
    "「{}」はどの表ですか。番号か言葉で答えてください", 'Which table is "{}"? Answer by number or by word'
)
_WHICH_TABLES: Final = Text("どの表を取り込みますか", "Which tables shall be imported?")
_WHICH_YEAR: Final = Text(
    "「{}」の月に年がありません。いつの年(度)ですか(例: 2026年度、2026年)",
    'The months of "{}" have no year. Which year is it (such as 2026, or 2026年度 for a year from April)?',
)
_SOME_YEAR: Final = "2026年"
_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Found:
    """What the files hold: the sources with rows, and a finding for each file and sheet that is not read."""

    sources: tuple[Source, ...]
    unread: tuple[Finding, ...]


def read_files(book: Book, paths: Sequence[Path], told: Told | None, lang: Lang) -> Found | None:
    """Return what the files hold; None when the user cancels a question about them.

    Raises
    ------
    Refusal
        Where a file cannot be read, or none has a row of data.
    """
    sources: list[Source] = []
    unread: list[Finding] = []
    known: dict[str, str] = {}
    for path in paths:
        grids, noticed = grids_of([path])
        unread += noticed
        if known.setdefault(grids[0].file.sha256, path.name) != path.name:
            unread.append(_note_double_file(path, known[grids[0].file.sha256]))
            continue
        found = _read_file_sources(book, path, grids, told, lang)
        if found is None:
            return None
        sources += found[0]
        unread += found[1]
    single, doubles = _drop_double_sources(_number_same_names(sources))
    unread += doubles
    chosen = _choose_import_tables(book, single, told, lang)
    if chosen is None:
        return None
    chosen_sources, others = chosen
    filled = [source for source in chosen_sources if len(Sheet(source.raw))]
    if not filled:
        names = "・".join(dict.fromkeys(source.raw.source for source in chosen_sources)) or paths[0].name
        raise Refusal(
            "too_little_data", f"{names} に取り込むデータの行がありません", f"{names}: no rows of data to import"
        )
    unread += [_note_unread_sheet(source.raw.source, _EMPTY) for source in chosen_sources if source not in filled]
    dated = [_ask_date_order(book, source, lang) for source in filled]
    if any(source is None for source in dated):
        return None
    return Found(tuple(source for source in dated if source is not None), (*unread, *others))


_EMPTY: Final = Text("見出しの下にデータの行がありません", "there are no rows below the header")


def _note_unread_sheet(source: str, reason: Text) -> Finding:
    return Finding("note", "sheet_not_read", "", source, None, None, None, reason)


def _note_double_file(path: Path, other: str) -> Finding:
    reason = Text(
        f"「{other}」と同じ内容なので、二重に取り込みません", f'it is the same as "{other}" and is not imported twice'
    )
    return Finding("warning", "file_not_read", "", path.name, None, None, None, reason)


def _read_file_sources(
    book: Book, path: Path, grids: Sequence[Grid], told: Told | None, lang: Lang
) -> tuple[list[Source], list[Finding]] | None:
    """Return the sheets of a file that hold a table, and the others; None when the user cancels the question which one."""
    found = [source for grid in grids if (source := _read_mapped_source(grid, told)) is not None]
    names = {source.read.source for source in found}
    rest = [grid for grid in grids if grid.source not in names]
    others: list[Finding] = []
    if len(grids) > 1:
        chosen, others = _choose_sheets_by_name(rest, [_read_sheet_name(grid) for grid in grids])
    else:
        chosen = [(grid, look) for grid in rest if (look := _recognise_layout(grid, path)) is not None]
    for grid, look in chosen:
        source = (
            _read_pivot_source(book, grid, lang) if _is_month_pivot(grid, look) else _read_recognised_source(grid, look)
        )
        if source is None:
            return None
        found.append(source)
    if not found:
        largest = max(rest, key=lambda grid: len(grid.rows))
        table = _ask_for_table(book, largest, lang)
        if table is None:
            return None
        others = [each for each in others if each.source != largest.source]
        found.append(replace(_read_recognised_source(largest, look_at(largest.rows, None, table)), is_asked=True))
    return found, others


def _read_sheet_name(grid: Grid) -> str:
    return grid.source.partition(" › ")[2] or grid.source


def _choose_sheets_by_name(
    grids: Sequence[Grid], names: Sequence[str]
) -> tuple[list[tuple[Grid, Look]], list[Finding]]:
    """Return the sheets of a workbook that are read, by the rule of the commands, and a finding for every other one."""
    by_name = {_read_sheet_name(grid): grid for grid in grids}
    passed = passed_over(names)
    views = [SheetView(name, grid.rows) for name, grid in by_name.items() if name not in passed]
    book = grids[0].file.name if grids else ""
    choice = choose_sheets(views, names, lambda sheet: f"{book} › {sheet}")
    found = [
        (by_name[name], look_at(by_name[name].rows, None, table))
        for table, sheets in choice.sheets.items()
        for name in sheets
    ]
    return found, list(choice.findings)


def _read_mapped_source(grid: Grid, told: Told | None) -> Source | None:
    """Return a sheet read as the mapping sheet says, where it has those headers."""
    for at, row in enumerate(grid.rows[:_SEARCHED] if told is not None else ()):
        texts = [shown(cell).strip() for cell in row]
        if told is not None and any(texts) and fingerprint(texts) == told.fingerprint:
            raw, wide = grid.raw(told.table, at)
            source = source_of(raw, look_at(grid.rows[at:], None, told.table), told)
            return replace(source, findings=(*wide, *source.findings))
    return None


def _recognise_layout(grid: Grid, path: Path) -> Look | None:
    """Return what a sheet is by a known layout, by its name, or by a proposal that is sure enough; None for others."""
    look = look_at(grid.rows)
    if look.proposal is None or _is_month_pivot(grid, look):
        return look
    sheet = find_table(_read_sheet_name(grid))
    named = sheet or _find_named_table(path)
    if named is not None:
        known = look_at(grid.rows, None, named)
        if sheet is not None or recognised(named, look.headers) or not _list_lacking_columns(known):
            return known
    sure = next(guess.confidence for guess in look.proposal.guesses if guess.part == "table")
    if _list_lacking_columns(look) or sure < _SURE or len(bind(look.profile.table, look.headers).fields) < 2:
        return None
    return look


def _list_lacking_columns(look: Look) -> tuple[str, ...]:
    return () if look.proposal is None else look.proposal.lacking


def _find_named_table(path: Path) -> str | None:
    """Return the table that a file is named after, such as 取引_2026-09.csv; None where its name says none."""
    return next((table for word in (path.stem, *_PARTS.split(path.stem)) if (table := find_table(word))), None)


def _read_recognised_source(grid: Grid, look: Look) -> Source:
    raw, wide = _take_below_header(grid, look.profile.table, look.at)
    source = source_of(raw, look)
    return replace(source, findings=(*wide, *source.findings))


def _take_below_header(grid: Grid, table: str, at: int) -> tuple[RawTable, tuple[Finding, ...]]:
    """Return the rows below a header with what stands above it: units and years are said there."""
    raw, wide = grid.raw(table, at)
    return replace(raw, above=tuple(tuple(shown(cell).strip() for cell in row) for row in grid.rows[:at])), wide


def _unpivot_month_rows(grid: Grid) -> RawTable:
    return _take_below_header(grid, "orders", find_header_row("orders", grid.rows))[0]


def _is_month_pivot(grid: Grid, look: Look) -> bool:
    """Return whether a sheet of no known layout is a table of customers by months."""
    return look.proposal is not None and is_pivot(_unpivot_month_rows(grid))


def _read_pivot_source(book: Book, grid: Grid, lang: Lang) -> Source | None:
    """Return a table of customers by months as orders; None where the user does not say its year.

    Raises
    ------
    Refusal
        `unreadable`, as `layouts.pivot_of`.
    """
    raw = _unpivot_month_rows(grid)
    try:
        return pivot_of(raw)
    except Refusal:
        pivot_of(replace(raw, year=_SOME_YEAR))  # raises where it is not the year that is wanting
    year = book.ask(Text(*(text.format(grid.source) for text in _WHICH_YEAR)).to(lang))
    return None if year is None or not year.strip() else pivot_of(replace(raw, year=year.strip()))


def _ask_for_table(book: Book, grid: Grid, lang: Lang) -> str | None:
    look = look_at(grid.rows)
    counts = {table: recognised(table, look.headers) for table in TABLES}
    best = max(counts, key=lambda table: counts[table])
    question = Text(*(text.format(grid.source) for text in _WHICH_TABLE))
    offered = best if counts[best] else None
    return choice_of(book, question, {table: table_text(table) for table in TABLES}, lang, offered)


def _number_same_names(sources: Sequence[Source]) -> list[Source]:
    """Return the sources, those of one name from different folders told apart by a number."""
    seen: dict[str, int] = {}
    found: list[Source] = []
    for source in sources:
        name = source.raw.source
        seen[name] = seen.get(name, 0) + 1
        found.append(source if seen[name] == 1 else _rename_source(source, f"{name} ({seen[name]})"))
    return found


def _rename_source(source: Source, name: str) -> Source:
    findings = tuple(replace(each, source=name) for each in source.findings)
    return replace(
        source, read=replace(source.read, source=name), raw=replace(source.raw, source=name), findings=findings
    )


def _drop_double_sources(sources: Sequence[Source]) -> tuple[list[Source], list[Finding]]:
    """Leave out sheets and files all of whose rows stand in another one, as the commands do."""
    kept: set[str] = set()
    told: list[Finding] = []
    for table in dict.fromkeys(source.raw.name for source in sources):
        single, doubles = without_doubles([source.raw for source in sources if source.raw.name == table])
        kept |= {raw.source for raw in single}
        told += doubles
    return [source for source in sources if source.raw.source in kept], told


def _choose_import_tables(
    book: Book, sources: Sequence[Source], told: Told | None, lang: Lang
) -> tuple[list[Source], list[Finding]] | None:
    """Return the sources of the tables that the user wants, of several; a mapping sheet is about one table alone."""
    tables = list(dict.fromkeys(source.raw.name for source in sources))
    if len(tables) < 2:
        return list(sources), []
    wanted: str | None = told.table if told is not None and told.table in tables else ""
    if not wanted:
        texts = [table_text(table) for table in tables]
        everything = Text(
            f"すべて({'・'.join(text.ja for text in texts)})", f"all ({', '.join(text.en for text in texts)})"
        )
        offered = {_ALL: everything, **dict(zip(tables, texts, strict=True))}
        wanted = choice_of(book, _WHICH_TABLES, offered, lang, _ALL)
    if wanted is None:
        return None
    reason = Text("取り込む表として選ばれませんでした", "its table was not chosen")
    kept = [source for source in sources if wanted in (_ALL, source.raw.name)]
    return kept, [_note_unread_sheet(source.raw.source, reason) for source in sources if source not in kept]


def _ask_date_order(book: Book, source: Source, lang: Lang) -> Source | None:
    """Return the source with the order of month and day told, asking the user where the dates leave it open.

    None when the user cancels.
    """
    for key, field in Sheet(source.raw).binding.fields.items():
        if field.column.kind != "date":
            continue
        try:
            Sheet(source.raw).dates(key, "error")
        except Refusal:  # the only one here: neither order can be told
            answer = choice_of(book, _ORDER, _ORDERS, lang)
            if answer is None:
                return None
            order: DateOrder = "mdy" if answer == "mdy" else "dmy"
            return replace(
                source,
                raw=replace(source.raw, date_order=order),
                profile=replace(source.profile, date_order=order),
                is_asked=True,
            )
    return source
