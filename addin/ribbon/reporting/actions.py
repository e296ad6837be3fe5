"""The buttons of the group 報告: preview, PDF, drafts of mails, and whether names are masked.

Each makes a copy of the workbook in a folder that only this user may read, starts `portfolio-report` on it, and takes
the copy away again, whatever happened. Nothing is ever sent: a mail is a draft that a person opens and looks at.

Decision 0175: why a report button starts a process on a copy.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from addin.ribbon.inputs import PF_RUN, definition_in, read_inputs
from addin.ribbon.reporting.masked import is_masked, switch
from addin.shared import processes
from engine.language.errors import Refusal, Text
from engine.reading.columns import TABLES, table_text
from engine.runs import runs, store
from engine.scoring.pipeline import score_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from addin.ribbon.action import Action
    from addin.shared.book import Book
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

REPORT: Final = "report_templates.command"
COPY: Final = Text("顧客ポートフォリオ", "customer-portfolio")
_READABLE: Final = frozenset({".xlsx", ".xlsm"})
_HANDLE: Final = re.compile(r"PF-\d{8}-[0-9a-f]{6,64}")
_BETWEEN: Final = re.compile(r"[\s,;、，；]+")
_previews: list[Path] = []


@dataclass(frozen=True, slots=True)
class _ReportOrder:
    """What is to be reported.

    Parameters
    ----------
    lang
        Language of the workbook, in which the report is written.
    as_of
        Its as-of date.
    run
        The handle in PF_RUN, "" without one.
    scored
        The handle that the inputs have as they are now: the report's.
    before
        The stored run of the review before, with which the report compares; "" without one.
    masked
        Whether names are masked.
    stale
        Whether the orders are older than the limit, and the user wants the report all the same, marked on every page.
    """

    lang: Lang
    as_of: date
    run: str
    scored: str
    before: str
    masked: bool
    stale: bool


def preview(book: Book, lang: Lang) -> Text | None:
    """Render the report as HTML and open it; the preview before this one is taken away.

    Raises
    ------
    Refusal
        Where the report cannot be made, in its own words.
    """
    order = _prepare_report_order(book, lang)
    if order is None:
        return None
    with _open_private_folder() as folder:
        made = _render_report_files(book, order, folder, "html", lang)["html"]
        shown = _make_preview_folder() / f"report.{order.lang}.html"
        shutil.move(made, shown)
    book.reveal(shown)
    return _word_report_done(
        Text("プレビューを開きました。", "The preview is open."), order, _read_report_handle(shown, order)
    )


def make_pdf(book: Book, lang: Lang) -> Text | None:
    """Make the report as PDF at the place that the user chooses, and open it.

    Raises
    ------
    Refusal
        Where the report cannot be made, or not be written there; what was there before is left as it was.
    """
    order = _prepare_report_order(book, lang)
    place = None if order is None else _choose_report_place(book, order, lang, ".pdf", COPY)
    if order is None or place is None:
        return None
    with _open_private_folder() as folder:
        made = _render_report_files(book, order, folder, "html,pdf", lang)
        _move_finished_files({place: made["pdf"]})
        handle = _read_report_handle(made["html"], order)
    book.reveal(place)
    return _word_report_done(Text(f"PDFを作成しました: {place}", f"The PDF is made: {place}"), order, handle)


def mail_draft(book: Book, lang: Lang) -> Text | None:
    """Make mails with the report as drafts (.eml) and open the first; nothing is sent.

    Raises
    ------
    Refusal
        Where an address is none, or the drafts cannot be made or written.
    """
    order = _prepare_report_order(book, lang)
    question = Text(
        "宛先のメールアドレスを入れてください(複数は「、」で区切る)。下書きを作るだけで、送信はしません。",
        "To which address? (Several with a comma.) Drafts are made, nothing is sent.",
    )
    typed = None if order is None else book.ask(question.to(lang))
    addresses = [each for each in _BETWEEN.split(typed or "") if each]
    if order is None or not addresses:
        return None
    place = _choose_report_place(book, order, lang, ".eml", Text("報告メールの下書き", "report-mail-draft"))
    if place is None:
        return None
    with _open_private_folder() as folder:
        drafts = _make_mail_drafts(book, order, folder, addresses, lang)
        places = _list_draft_places(place, len(drafts))
        _move_finished_files(dict(zip(places, drafts, strict=True)))
    book.reveal(places[0])
    where = "\n".join(map(str, places))
    done = Text(
        f"下書きを作成しました(送信はしていません)。内容を確かめてから送ってください。\n{where}",
        f"The draft is made (nothing was sent). Look at it before you send it.\n{where}",
    )
    return _word_report_done(done, order, None)


def masking(book: Book, lang: Lang) -> Text:
    """Turn the masking of names in reports on or off, and say which it is now."""
    if switch(book, lang):
        return Text(
            "マスキングは今「オン」です。これから作るプレビュー・PDF・メール下書きでは、顧客名などを伏せます。",
            "Masking is now ON: previews, PDFs and drafts made from now on hide customers' names.",
        )
    return Text(
        "マスキングは今「オフ」です。これから作るプレビュー・PDF・メール下書きには、顧客名がそのまま出ます。",
        "Masking is now OFF: previews, PDFs and drafts made from now on show customers' names.",
    )


def _prepare_report_order(book: Book, lang: Lang) -> _ReportOrder | None:
    """Return what is to be reported; None when the user would rather press 更新 first, or wait for newer orders."""
    masked = is_masked(book)
    book.progress(Text("表を読んでいます…", "Reading the tables…").to(lang))
    fresh = score_tables(read_inputs(book), definition_in(book))
    named = book.named(PF_RUN)
    run = str(named.value or "") if named is not None else ""
    run = "" if run.startswith("#") else run  # a formula that fails names no run
    pending = run and run != fresh.handle
    question = Text(
        f"入力か基準日が、実行 {run} の後に変わっています(未反映)。このまま今の入力で作りますか?"
        "(「いいえ」なら何もしません。「更新」を押すと、シートと報告書の数字がそろいます)",
        f"The inputs or the as-of date changed after the run {run} (not taken up). Make it from the inputs as they are "
        "now? (No does nothing; press Refresh first and the sheets show the report's numbers.)",
    )
    book.progress(None)
    if pending and not book.confirm(question.to(lang)):
        return None
    if fresh.stale and not book.confirm(_word_stale_question(fresh).to(lang)):
        return None
    return _ReportOrder(
        _find_input_language(book, lang), fresh.as_of, run, fresh.handle, _find_run_before(fresh), masked, fresh.stale
    )


def _word_stale_question(fresh: Portfolio) -> Text:
    limit = int(fresh.definition.number("freshness.orders_days"))
    return Text(
        f"最新の取引は基準日の{fresh.age_days}日前で、鮮度の限度{limit}日を超えています。"
        "各ページに「データが古い」と入れて作りますか?(「いいえ」なら何もしません)",
        f"The newest order lies {fresh.age_days} days before the as-of date, beyond the limit of {limit}. Make the report "
        "all the same, marked as old on every page? (No does nothing.)",
    )


def _find_run_before(fresh: Portfolio) -> str:
    """Return the handle of the run before, where the store has it: the process that makes the report must find it there."""
    before = runs.previous(fresh)
    try:
        return "" if before is None or store.find_folder(before.handle) is None else before.handle
    except Refusal:  # several stored runs begin alike: the report is made without the comparison
        return ""


def _find_input_language(book: Book, lang: Lang) -> Lang:
    """Return the language of the workbook's input sheets; the user's where they are of both or of none."""
    names = [table_text(key) for key in TABLES]
    sheets = set(book.sheets())
    japanese, english = ({text.to(each) for text in names} & sheets for each in ("ja", "en"))
    return "ja" if japanese and not english else "en" if english and not japanese else lang


def _choose_report_place(book: Book, order: _ReportOrder, lang: Lang, suffix: str, name: Text) -> Path | None:
    """Let the user choose where the result goes; None when they cancel, or keep the file that is there.

    Whether a chosen file may be replaced is asked where it is chosen; here only where we have put the suffix to it.
    """
    mask = Text("_マスキング", "_masked").to(order.lang) if order.masked else ""
    title = Text("報告書の保存先", "Where shall the report go?")
    suggestion = f"{name.to(order.lang)}_{order.as_of:%Y%m%d}{mask}{suffix}"
    chosen = book.choose_place(title.to(lang), suggestion)
    if chosen is None:
        return None
    place = chosen if chosen.suffix.lower() == suffix else chosen.with_name(chosen.name + suffix)
    again = Text(f"{place.name} はすでにあります。置き換えますか?", f"{place.name} is there already. Replace it?")
    return place if place == chosen or not place.exists() or book.confirm(again.to(lang)) else None


@contextmanager
def _open_private_folder() -> Iterator[Path]:
    """Yield a folder that only this user may read; it is removed with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="portfolio-report-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _run_report_command(
    book: Book, order: _ReportOrder, folder: Path, command: str, arguments: Sequence[str], lang: Lang
) -> tuple[Path, tuple[str, ...]]:
    """Run one of the report's commands on a copy of the workbook; return its output folder and what it remarked."""
    title = Text("報告書", "Report").to(lang)
    suffix = book.path.suffix.lower() if book.path is not None else ""
    stem = book.path.stem if book.path is not None else COPY.to(lang)
    # The workbook's own name: refusals and the page on data quality name the file that the user knows.
    copy, out = folder / f"{stem}{suffix if suffix in _READABLE else '.xlsx'}", folder / "out"
    book.progress(Text(f"{title}: ブックの控えを取っています…", f"{title}: copying the workbook…").to(lang))
    book.save_copy(copy)
    words = [command, str(copy), "--lang", order.lang, "--out", str(out), *arguments]
    words += ["--compare", order.before] if order.before else []
    words += ["--allow-stale"] if order.stale else []
    _, remarks = processes.run(
        REPORT,
        [*words, "--masked"] if order.masked else words,
        lambda step: book.progress(f"{title}: {step}"),
        lang=lang,
        folder=folder,
    )
    return out, remarks


def _render_report_files(book: Book, order: _ReportOrder, folder: Path, formats: str, lang: Lang) -> dict[str, Path]:
    """Return the rendered files by format.

    The HTML is made beside a PDF, too: it costs little, and tells which run the document shows.
    """
    out, remarks = _run_report_command(book, order, folder, "render", ["--format", formats], lang)
    made = {each: next(iter(out.glob(f"*.{each}")), None) for each in formats.split(",")}
    missing = [each for each, path in made.items() if path is None]
    if missing:
        why = "\n".join(remarks)
        word = "・".join(missing).upper()
        raise Refusal("unwritable", f"{word}は作成できませんでした。{why}", f"no {word} could be made. {why}")
    return {each: path for each, path in made.items() if path is not None}


def _make_mail_drafts(
    book: Book, order: _ReportOrder, folder: Path, addresses: Sequence[str], lang: Lang
) -> list[Path]:
    out, _ = _run_report_command(book, order, folder, "mail", [f"--to={address}" for address in addresses], lang)
    drafts = sorted(out.glob("**/*.eml"))
    if not drafts:
        raise Refusal("unwritable", "下書きが作成されませんでした", "no draft was made")
    return drafts


def _list_draft_places(place: Path, count: int) -> list[Path]:
    """Return as many places: the chosen one, or numbered ones beside it that are free."""
    if count == 1:
        return [place]
    found: list[Path] = []
    number = 0
    while len(found) < count:
        number += 1
        next_one = place.with_name(f"{place.stem}_{number}{place.suffix}")
        if not next_one.exists():
            found.append(next_one)
    return found


def _move_finished_files(files: dict[Path, Path]) -> None:
    """Put finished files at their places: each whole or not at all.

    Raises
    ------
    Refusal
        `unwritable`, where the folder may not be written, or the file is open elsewhere.
    """
    from engine.commands.console import write_all

    for place, made in files.items():
        try:
            write_all(place.parent, {place.name: made.read_bytes()})
        except OSError as error:
            raise Refusal(
                "unwritable",
                f"「{place}」に保存できません。開いていれば閉じ、別の場所も試してください({error.strerror})",
                f'"{place}" cannot be written; close it where it is open, or choose another place ({error.strerror})',
            ) from error


def _make_preview_folder() -> Path:
    """Return an empty folder of this user for a preview; a browser reads it after we are done, so it outlives the copy."""
    _forget_previews()
    folder = Path(tempfile.mkdtemp(prefix="portfolio-preview-"))
    _previews.append(folder)
    return folder


@atexit.register
def _forget_previews() -> None:
    while _previews:
        shutil.rmtree(_previews.pop(), ignore_errors=True)


def _read_report_handle(html: Path, order: _ReportOrder) -> str | None:
    """Return the run that a rendered report shows; None where it names none.

    The run before may be named as well: of several that which the inputs have counts, else the one named most often.
    """
    found = Counter(_HANDLE.findall(html.read_text(encoding="utf-8")))
    return order.scored if order.scored in found else max(found, key=found.__getitem__, default=None)


def _word_report_done(done: Text, order: _ReportOrder, shown: str | None) -> Text:
    """Return what to tell: what was made, of which run, whether that is the workbook's, and whether names are masked."""
    lines = [done]
    if shown is not None:
        lines.append(Text(f"実行ID {shown}", f"Run {shown}"))
    if not order.run:
        lines.append(
            Text(
                "このブックはまだ「更新」していません。今の入力で採点して作りました。",
                "This workbook was not refreshed yet; the report was scored from the inputs as they are.",
            )
        )
    elif shown is not None and shown != order.run:
        lines.append(
            Text(
                f"ブックの実行({order.run})とは違います(未反映)。「更新」を押すと、シートも同じ数字になります。",
                f"This is not the workbook's run ({order.run}): changes are not taken up. Press Refresh to align them.",
            )
        )
    if order.masked:
        lines.append(Text("マスキング: オン(顧客名などを伏せています)", "Masking: on (names are hidden)"))
    return Text("\n".join(line.ja for line in lines), "\n".join(line.en for line in lines))


ACTIONS: Final[dict[str, Action]] = {
    "preview": preview,
    "make_pdf": make_pdf,
    "mail_draft": mail_draft,
    "masking": masking,
}
