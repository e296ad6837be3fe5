"""The buttons of the group 記録: keep a run, compare it with the one before, follow a figure back, show the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from addin.functions import movement_tables
from addin.ribbon.auditing import AUDIT_FORMATS, AUDIT_HEADER, AUDIT_MARK, AUDIT_SHEET, OPERATIONS, add_line
from addin.ribbon.choosing import customer_of, oblong, present, sheet_called
from addin.ribbon.inputs import run_of
from engine.language.display import date_text
from engine.language.errors import Refusal, Text
from engine.runs import runs

if TYPE_CHECKING:
    from addin.ribbon.action import Action
    from addin.shared.book import Book, Cell
    from engine.language.errors import Lang
    from engine.runs.store.audit import Record, Report
    from engine.scoring.portfolio import Portfolio

PF_PREVIOUS: Final = "PF_PREVIOUS"  # the cell of our template that names the run to compare with
MOVE_MARK: Final = "PF_MOVE"
MOVE_SHEET: Final = Text("異動", "Movement")
TRACE_MARK: Final = "PF_TRACE"
TRACE_SHEET: Final = Text("根拠", "Trace")
STORE_MARK: Final = "PF_STORE_LOG"
STORE_SHEET: Final = Text("保存先の記録", "Log of the store")
_SHOWN: Final = 1000  # lines of the store's log, which belongs to every workbook of this user
_PARTS: Final = (
    (Text("異動の行列(社数)", "Transition matrix (customers)"), movement_tables.Wanted()),
    (
        Text("データの影響と定義の影響", "Effect of the data and of the definition"),
        movement_tables.Wanted(forms=frozenset({"causes"})),
    ),
    (Text("稼働顧客の増減", "Bridge of active customers"), movement_tables.Wanted(forms=frozenset({"bridge"}))),
    (Text("異動した顧客", "Who moved"), movement_tables.Wanted(forms=frozenset({"list", "causes"}))),
)


def snapshot(book: Book, lang: Lang) -> Text | None:
    """Store the run of the workbook with a note that the user types; None when they cancel.

    Raises
    ------
    Refusal
        `no_run` where there is nothing to store, `unwritable` where it cannot be stored.
    """
    scored, handle = run_of(book)
    question = Text(
        "この実行を保存します。メモを入れてください(例: 9月の経営会議用)",
        "This run is stored. A note (such as: for the board of September)?",
    )
    note = book.ask(question.to(lang))
    if note is None:
        return None
    runs.keep(scored, "snapshot")
    with book.quiet():
        kept = add_line(book, lang, "snapshot", (scored, handle), count=len(scored), note=note.strip())
    ja = f"実行 {handle}(基準日 {date_text(scored.as_of, 'ja')})を保存しました。"
    en = f"Run {handle} (as of {date_text(scored.as_of, 'en')}) is stored."
    if not kept:
        ja += f"\nシート「{AUDIT_SHEET.ja}」には別の内容があるため、メモは記録できませんでした。"
        en += f'\nThe sheet "{AUDIT_SHEET.en}" holds other content, so the note was not recorded.'
    return Text(ja, en)


def compare_runs(book: Book, lang: Lang) -> Text | None:
    """Write what moved since the run before, and why, on the sheet 異動; one of the template's own is only shown.

    Raises
    ------
    Refusal
        `no_run` where there is no run, or none before it.
    """
    after, handle = run_of(book)
    book.progress(Text("前回の実行を探しています…", "Looking for the run before…").to(lang))
    before = runs.review_before(after)
    told = Text(
        f"前回 {before.handle}(基準日 {date_text(before.as_of, 'ja')})→ 今回 {handle}"
        f"(基準日 {date_text(after.as_of, 'ja')})",
        f"From {before.handle} (as of {date_text(before.as_of, 'en')}) to {handle} "
        f"(as of {date_text(after.as_of, 'en')})",
    )
    rows: list[list[Cell]] = [[MOVE_SHEET.to(lang)], [told.to(lang)]]
    for title, wanted in _PARTS:
        rows += [[], [title.to(lang)], *_write_movement_part(before, after, wanted, lang)]
    if not present(book, MOVE_MARK, MOVE_SHEET, rows, lang):
        _offer_earlier_run(book, before, lang)
    return told


def _offer_earlier_run(book: Book, before: Portfolio, lang: Lang) -> None:
    """Offer to let the formulas of our template's 異動 compare with the run before."""
    named = book.named(PF_PREVIOUS)
    if named is None or str(named.value or "") == before.handle:
        return
    question = Text(
        f"シート「{MOVE_SHEET.ja}」の「前回の実行ID」に {before.handle} を入れて、このシートの表で比べますか?"
        "(前回の基準日から実行を作る数式は置き換わります)",
        f'Put {before.handle} into "前回の実行ID" of the sheet, so that its tables compare with that run? '
        "(It takes the place of the formula that makes a run from the earlier date.)",
    )
    if book.confirm(question.to(lang)):
        book.put(PF_PREVIOUS, before.handle)


def _write_movement_part(
    before: Portfolio, after: Portfolio, wanted: movement_tables.Wanted, lang: Lang
) -> list[list[Cell]]:
    """Return a table of the movement, or why the two runs do not carry it."""
    try:
        return cast("list[list[Cell]]", movement_tables.rows(before, after, wanted, lang))
    except Refusal as refusal:
        return [[refusal.to(lang)]]


def trace(book: Book, lang: Lang) -> Text | None:
    """Follow a figure of the selected customer back to the rows and rules it comes from, on the sheet 根拠.

    Raises
    ------
    Refusal
        `no_run`, `unknown_customer`, or `argument` for a word that is no axis, scheme or metric.
    """
    portfolio, _ = run_of(book)
    place = customer_of(book, portfolio, lang)
    if place is None:
        return None
    question = Text(
        "どの値の根拠をたどりますか(総合・価値・継続性・成長・リスク、戦略、標準・RFMなどの分類、売上・粗利などの指標)",
        "Which figure (Total, Value, Continuity, Growth, Risk; Strategy; a scheme such as RFM; a metric such as Sales)?",
    )
    word = book.ask(question.to(lang), Text("総合", "Total").to(lang))
    if word is None or not word.strip():
        return None
    from addin.functions.answers.cards import trace_rows  # as PORTFOLIO_TRACE shows it

    found = trace_rows(portfolio, place, word.strip(), lang)
    name = str(portfolio.frame["name"].iloc[place])
    rows: list[list[Cell]] = [[f"{name} › {word.strip()}"], [], *cast("list[list[Cell]]", found)]
    if not present(book, TRACE_MARK, TRACE_SHEET, rows, lang):
        return Text(
            f"シート「{TRACE_SHEET.ja}」には別の内容があるため、書きませんでした。名前を変えてからもう一度押してください。",
            f'The sheet "{TRACE_SHEET.en}" holds other content and was left as it is; rename it and press again.',
        )
    return None


def audit_log(book: Book, lang: Lang) -> Text:
    """Bring the workbook's audit log to the front, write the store's own log beside it, and say whether that one holds."""
    from engine.runs.store import audit

    report, records = audit.verify(), audit.records()
    with book.quiet():
        book.write(STORE_MARK, sheet_called(book, STORE_SHEET, lang), oblong(_write_store_log(report, records, lang)))
    block = book.block(AUDIT_MARK)
    lines = block.rows if block is not None else [[text.to(lang) for text in AUDIT_HEADER]]
    present(book, AUDIT_MARK, AUDIT_SHEET, cast("list[list[Cell]]", lines), lang, AUDIT_FORMATS)
    verdict = _word_log_verdict(report)
    return Text(
        f"このブックの記録はシート「{AUDIT_SHEET.ja}」、実行の保存先の記録(全ブック)はシート「{STORE_SHEET.ja}」にあります。\n"
        f"{verdict.ja}",
        f'This workbook\'s log is on the sheet "{AUDIT_SHEET.en}", that of the store (all workbooks) on '
        f'"{STORE_SHEET.en}".\n{verdict.en}',
    )


def _word_log_verdict(report: Report) -> Text:
    if report.troubles:
        return Text(
            f"保存先の記録 {report.lines:,} 行に問題があります: {report.troubles[0].ja}",
            f"The store's log of {report.lines:,} lines does not hold: {report.troubles[0].en}",
        )
    return Text(
        f"保存先の記録 {report.lines:,} 行はつながっています(改ざんの跡なし)。",
        f"The store's log of {report.lines:,} lines holds.",
    )


def _write_store_log(report: Report, records: tuple[Record, ...], lang: Lang) -> list[list[Cell]]:
    """Return the store's log below its verdict: the newest lines, newest last."""
    header = (*AUDIT_HEADER[:4], Text("実行のハッシュ", "Hash of the run"))
    rows: list[list[Cell]] = [[_word_log_verdict(report).to(lang)]]
    rows += [[text.to(lang)] for text in (*report.troubles[1:], *report.notes)]
    rows += [
        [Text("最後の行のハッシュ", "Hash of the last line").to(lang), report.last],
        [],
        [text.to(lang) for text in header],
    ]
    for record in records[-_SHOWN:]:
        what = OPERATIONS.get(record.what)
        told = record.what if what is None else what.to(lang)
        rows.append([_convert_to_local_time(record.when), record.who, told, record.run, record.hash])
    return rows


def _convert_to_local_time(when: str) -> Cell:
    """Return a moment of the log by the computer's own clock; what is none stays as it stands there."""
    try:
        return datetime.fromisoformat(when).astimezone().replace(tzinfo=None, microsecond=0)
    except ValueError:
        return when


ACTIONS: Final[dict[str, Action]] = {
    "snapshot": snapshot,
    "compare_runs": compare_runs,
    "trace": trace,
    "audit_log": audit_log,
}
