"""取り込みの対応: which column of a file goes where, as a sheet on which a person chooses from lists.

A sheet and not a row of questions: everything is seen at once, can be printed, and works the same in Excel and Calc.

Decision 0287: why a mapping is corrected on a sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from addin.ribbon.choosing import oblong, present
from addin.ribbon.imports.mapping_words import (
    FILE,
    HEADERS,
    IMPORTED,
    MAPPING_MARK,
    MAPPING_SHEET,
    OPEN,
    ORDER,
    ORDERS,
    SOURCE,
    STATE,
    TABLE,
    VALUE,
    WHERE,
    of_table,
)
from engine.language.errors import Text
from engine.reading.columns import TABLES, columns, table_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from addin.shared.book import Book, Cell
    from engine.language.dates import DateOrder
    from engine.language.errors import Lang
    from engine.reading.columns import Column

_HELP: Final = Text("使い方", "How to use")
_HELP_LINES: Final = (
    Text(
        "この列(C)を選び直し、もう一度「取り込み」を押します", "choose anew in this column (C), then press Import again"
    ),
    Text("空白にした列は取り込みません", "a column left blank is not imported"),
    Text(
        "直した対応は覚え、次から同じ見出しのファイルに使います", "what you choose is kept for files with these headers"
    ),
)
_NEEDED: Final = Text("必要", "needed")
_EITHER: Final = Text("どれか1つ必要", "one of these needed")
_CHOOSE: Final = Text("選ぶ→", "choose →")
_TYPE: Final = Text("書く→", "write →")
_HEAD: Final = (
    Text("必要か", "Needed"),
    Text("ファイルの見出し(選ぶ)", "Header of the file (choose)"),
    Text("見本", "Sample"),
    Text("値の読み替え(例: ◎=低, △=中)", "Values (such as ◎=Low, △=Medium)"),
    Text("理由", "Reason"),
)
_LIST: Final = (Text("ファイルの見出し", "Headers of the file"), Text("見本", "Sample"), Text("今の使い道", "Used as"))
_UNUSED: Final = Text("取り込まない", "not imported")
_WHERES: Final = 3  # lines for conditions, where the proposal has fewer
_TABLE_LIST, _ORDER_LIST = 11, 12  # columns of the lists of tables and of orders of dates


@dataclass(frozen=True, slots=True)
class View:
    """What the sheet shows: one layout of the files that are to be imported.

    Parameters
    ----------
    paths
        The files.
    source
        The file or sheet whose layout it is, in words.
    table
        The table's key.
    headers
        The headers as written.
    samples
        For each header some of its cells, as one text.
    chosen
        Column key to header, or to two joined by `*` or `+`.
    reasons
        Column key to why it is proposed so.
    needed
        Groups of columns; without one of each group the table is of no use.
    date_order, where, value_maps
        As in `engine.reading.profiles.Profile`.
    """

    paths: tuple[Path, ...]
    source: str
    table: str
    headers: tuple[str, ...]
    samples: tuple[str, ...]
    chosen: Mapping[str, str]
    reasons: Mapping[str, Text]
    needed: tuple[tuple[str, ...], ...]
    date_order: DateOrder
    where: tuple[str, ...]
    value_maps: Mapping[str, Mapping[str, str]]


def show(book: Book, view: View, lang: Lang) -> bool:
    """Write the sheet and bring it to the front, with lists to choose from.

    Returns
    -------
    bool
        False where the workbook's sheet of that name holds something else.
    """
    top = _write_mapping_head(view, lang)
    body = [_write_column_line(column, view, lang) for column in columns(view.table)]
    lists = _write_header_list(view, lang)
    start = len(top)
    head: list[Cell] = [of_table(view.table).to(lang), *(text.to(lang) for text in _HEAD), None]
    head += [*(text.to(lang) for text in _LIST), None, None, None]
    left: list[list[Cell]] = [*top, head, *body]
    rows = oblong(left)
    width = _ORDER_LIST + 1
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    rows += [[None] * width for _ in range(start + 1 + len(lists) - len(rows))]
    for at, line in enumerate(lists, start + 1):
        rows[at][HEADERS : HEADERS + len(line)] = line
    choices = (
        (_TABLE_LIST, Text("選べる表", "Tables"), [table_text(table) for table in TABLES]),
        (_ORDER_LIST, Text("選べる並び", "Orders of dates"), list(ORDERS.values())),
    )
    for column, title, texts in choices:
        for at, text in enumerate([title, *texts]):
            rows[at][column] = text.to(lang)
    if not present(book, MAPPING_MARK, MAPPING_SHEET, rows, lang):
        return False
    book.offer(MAPPING_MARK, start + 1, VALUE, len(body), (start + 1, HEADERS, len(view.headers)))
    book.offer(MAPPING_MARK, _find_mapping_line(rows, TABLE), VALUE, 1, (1, _TABLE_LIST, len(TABLES)))
    book.offer(MAPPING_MARK, _find_mapping_line(rows, ORDER), VALUE, 1, (1, _ORDER_LIST, len(ORDERS)))
    return True


def _write_mapping_head(view: View, lang: Lang) -> list[list[Cell]]:
    rows: list[list[Cell]] = [[MAPPING_SHEET.to(lang)], [STATE.to(lang), None, OPEN.to(lang)]]
    rows += [[_HELP.to(lang) if not at else None, None, text.to(lang)] for at, text in enumerate(_HELP_LINES)]
    rows += [[FILE.to(lang), None, path.name, str(path.parent)] for path in view.paths]
    rows += [
        [SOURCE.to(lang), None, view.source],
        [TABLE.to(lang), _CHOOSE.to(lang), table_text(view.table).to(lang)],
        [ORDER.to(lang), _CHOOSE.to(lang), ORDERS[view.date_order].to(lang)],
    ]
    conditions = [*view.where, *[""] * (_WHERES - len(view.where))]
    rows += [[WHERE.to(lang), _TYPE.to(lang), each or None] for each in conditions]
    return [*rows, []]


def _write_column_line(column: Column, view: View, lang: Lang) -> list[Cell]:
    header = view.chosen.get(column.key)
    at = view.headers.index(header) if header in view.headers else None
    told = view.value_maps.get(column.key, {})
    reason = view.reasons.get(column.key)
    return [
        column.text.to(lang),
        _mark_needed_column(column.key, view.needed, lang),
        header,
        None if at is None else view.samples[at] or None,
        ", ".join(f"{written}={ours}" for written, ours in told.items()) or None,
        None if reason is None else reason.to(lang),
    ]


def _mark_needed_column(key: str, groups: Sequence[Sequence[str]], lang: Lang) -> str | None:
    group = next((each for each in groups if key in each), ())
    return None if not group else (_NEEDED if len(group) == 1 else _EITHER).to(lang)


def _write_header_list(view: View, lang: Lang) -> list[list[Cell]]:
    texts = {column.key: column.text.to(lang) for column in columns(view.table)}
    used: dict[str, str] = {}
    for key, header in view.chosen.items():
        for part in (header, *header.replace("+", "*").split("*")):
            used.setdefault(part, texts.get(key, key))
    return [
        [header, sample or None, used.get(header, _UNUSED.to(lang))]
        for header, sample in zip(view.headers, view.samples, strict=True)
    ]


def _find_mapping_line(rows: Sequence[Sequence[object]], label: Text) -> int:
    return next(at for at, row in enumerate(rows) if row[0] in label)


def pending(book: Book) -> bool:
    """Return whether the workbook has such a sheet that was not imported yet."""
    block = book.block(MAPPING_MARK)
    return block is not None and any(row[0] in STATE and row[VALUE] in OPEN for row in block.rows)


def mark_imported(book: Book, lang: Lang) -> None:
    """Say on the sheet that it was imported; called while drawing is held."""
    block = book.block(MAPPING_MARK)
    if block is None:
        return
    rows = cast("list[list[Cell]]", [list(row) for row in block.rows])
    for row in rows:
        if row[0] in STATE:
            row[VALUE] = IMPORTED.to(lang)
    book.write(MAPPING_MARK, block.sheet, rows)
