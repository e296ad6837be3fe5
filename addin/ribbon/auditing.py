"""The workbook's own audit log: a sheet of ours to which every button that changes something adds a line, newest last.

Decision 0172: why the workbook keeps a log of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from addin.ribbon.choosing import oblong, sheet_called
from engine.language.errors import Text
from engine.scoring.scoring import data_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Book, Cell
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

AUDIT_SHEET: Final = Text("監査ログ", "Audit log")
AUDIT_MARK: Final = "PF_AUDIT"
AUDIT_HEADER: Final = (
    Text("日時", "When"),
    Text("利用者", "Who"),
    Text("操作", "What"),
    Text("実行ID", "Run"),
    Text("データのハッシュ", "Hash of the data"),
    Text("定義版", "Definition"),
    Text("件数", "Rows"),
    Text("メモ", "Note"),
)
AUDIT_FORMATS: Final = ("yyyy/mm/dd hh:mm:ss", "", "", "", "", "", "#,##0", "")
# The store's log knows score, refresh, snapshot, export and prune; the others happen to the workbook alone.
OPERATIONS: Final[dict[str, Text]] = {
    "score": Text("採点", "Score"),
    "refresh": Text("更新", "Refresh"),
    "snapshot": Text("スナップショット", "Snapshot"),
    "export": Text("書き出し", "Export"),
    "prune": Text("整理(削除)", "Prune"),
    "import": Text("取り込み", "Import"),
    "undo_import": Text("取り込みを元に戻す", "Import taken back"),
    "as_of": Text("基準日の変更", "As-of date changed"),
    "purpose": Text("目的の変更", "Purpose changed"),
    "values_copy": Text("値だけの控え", "Values-only copy"),
}
_DIGITS: Final = 16  # of a hash, as `portfolio runs audit` shows it


def add_line(
    book: Book,
    lang: Lang,
    operation: str,
    run: tuple[Portfolio, str] | None = None,
    *,
    sha256: str = "",
    count: int | None = None,
    note: str = "",
) -> bool:
    """Add a line to the audit log; the lines above it, also what a user wrote beside them, stay.

    Called while drawing is held (`book.quiet`).

    Parameters
    ----------
    operation
        A key of `OPERATIONS`.
    run
        The run that was made or stored, and its handle.
    sha256
        The data's hash where there is no run: an imported file's.
    count
        Rows that were concerned.
    note
        Free text.

    Returns
    -------
    bool
        False where the workbook's sheet of that name holds something else: nothing was written.
    """
    from engine.runs.store.write import who

    portfolio, handle = run if run is not None else (None, "")
    moment = (
        datetime.now().astimezone().replace(microsecond=0, tzinfo=None)
    )  # the computer's own clock, as cells have none
    line: list[Cell] = [
        moment,
        who(),
        OPERATIONS[operation].to(lang),
        handle or None,
        (data_hash(portfolio.tables) if portfolio is not None else sha256)[:_DIGITS] or None,
        portfolio.definition.version if portfolio is not None else None,
        count,
        note or None,
    ]
    return book.write(
        AUDIT_MARK, sheet_called(book, AUDIT_SHEET, lang), oblong([*_read_audit_lines(book, lang), line]), AUDIT_FORMATS
    )


def _read_audit_lines(book: Book, lang: Lang) -> Sequence[Sequence[Cell]]:
    """Return the log's lines so far, its headings first."""
    block = book.block(AUDIT_MARK)
    kept = [list(row) for row in block.rows] if block is not None else []
    while kept and all(cell is None for cell in kept[-1]):
        del kept[-1]
    return kept or [[text.to(lang) for text in AUDIT_HEADER]]  # type: ignore[return-value]  # cells as they were read
