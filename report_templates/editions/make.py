"""From a Portfolio to finished documents: view, HTML, PDF, gates; everything in memory, so that a failure leaves no file.

Decision 0211: why old data are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.language.errors import Lang, Refusal, Text
from report_templates.gates import gates, reconcile
from report_templates.print import browser, pdf_metadata, render
from report_templates.view import view
from report_templates.view.pages import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio
    from report_templates.document.document import Report
    from report_templates.view.pages import Pages

Format = Literal["html", "pdf"]
Engine = Literal["auto", "weasyprint", "chromium"]


class StaleData(Refusal):
    """The newest order is older than the definition allows for a report."""

    def __init__(self, warning: Text) -> None:
        super().__init__(
            "expired",
            f"報告書を作成していません。{warning.ja}。新しい取引を取り込むか、--allow-stale"
            "(各ページに「データが古い」と入る)を付けてください",
            f"no report was made. {warning.en}. Import newer orders, or add --allow-stale, which marks every page",
        )


@dataclass(frozen=True, slots=True)
class Made:
    """Finished documents by file name, the view that they were read off, and what the user should know about them."""

    files: dict[str, bytes]
    report: Report
    notes: tuple[Text, ...] = field(default=())


def make(
    portfolio: Portfolio,
    langs: Sequence[Lang] = ("ja", "en"),
    formats: Sequence[Format] = ("html", "pdf"),
    templates: Path | None = None,
    progress: Callable[[Text, float], None] | None = None,
    before: Portfolio | None = None,
    *,
    pages: Pages = ALL,
    engine: Engine = "auto",
    paper: render.Paper = "a4",
    allow_stale: bool = False,
    inspect: Callable[[str, bytes], None] | None = None,
) -> Made:
    """Return the report on `portfolio` as `report.ja.pdf`, `report.ja.html`, `report.en.pdf`, `report.en.html`.

    Parameters
    ----------
    langs, formats
        Which of the four; HTML comes even where the PDF's libraries are missing, with a note that says so.
    templates
        A company's own template folder, looked up before ours.
    progress
        Told what is being made, and the share of all that is done.
    before
        The run to compare with, or None.
    pages
        Those that the documents hold; where some are left out, the names say so (`report-brief.ja.pdf`).
    engine
        Who prints: WeasyPrint, an installed browser, or (`auto`) the browser only where WeasyPrint cannot be loaded.
    paper
        The sheet of the PDF.
    allow_stale
        Whether a report on data that are too old is made, with a warning on every page.
    inspect
        One more gate, told every finished document's name and content; whatever it raises leaves no file.

    Raises
    ------
    GateFailed
        When a finished document does not pass a gate.
    PrinterMissing
        When only PDF was asked for and nothing is there that can print.
    StaleData
        When the newest order is too old, unless `allow_stale`.
    Refusal
        When the data carry none of the pages.
    """
    if portfolio.tables.kept == "masked" and inspect is None:
        raise ValueError("a masked edition is searched for names: pass the gate of report_templates.editions.masking")
    tell = progress or (lambda _step, _share: None)
    warning = view.stale(portfolio)
    if warning is not None and not allow_stale:
        raise StaleData(warning)
    report = view.build(portfolio, before, pages)
    reconcile.check_sums(report, portfolio)
    files: dict[str, bytes] = {}
    notes: dict[str, Text] = {}
    steps = [(lang, each) for lang in langs for each in formats]
    for number, (lang, each) in enumerate(steps):
        name = f"{pages.stem}.{lang}.{each}"
        tell(Text(f"{name} を作成中", f"Making {name}"), number / len(steps))
        try:
            content, note = _make_document(report, lang, each, templates, engine, paper, portfolio)
        except (render.PrinterMissing, browser.BrowserMissing) as missing:
            if "html" not in formats:
                raise
            notes[missing.text.ja] = missing.text
            continue
        if inspect is not None:
            inspect(name, content)
        files[name] = content
        if note is not None:
            notes[note.ja] = note
    tell(Text("完了", "Done"), 1.0)
    return Made(files, report, tuple(notes.values()))


def document(
    report: Report,
    lang: Lang,
    each: Format,
    templates: Path | None = None,
    *,
    engine: Engine = "auto",
    paper: render.Paper = "a4",
) -> bytes:
    """Return one finished document without an enclosed table, which has passed every gate.

    Raises
    ------
    GateFailed, PrinterMissing
        As `make`.
    """
    return _make_document(report, lang, each, templates, engine, paper, None)[0]


def _make_document(
    report: Report,
    lang: Lang,
    each: Format,
    templates: Path | None,
    engine: Engine,
    paper: render.Paper,
    portfolio: Portfolio | None,
) -> tuple[bytes, Text | None]:
    """Return a finished document, and what the user should know about it; `portfolio` is enclosed in a PDF as a table."""
    markup = render.html(report, lang, "screen" if each == "html" else "print", templates, paper)
    gates.check_html(markup, printed=each == "pdf")
    reconcile.check_reconciliation(report, lang, markup)
    if each == "html":
        return markup.encode("utf-8"), None
    enclosures = () if portfolio is None else (pdf_metadata.scores(portfolio, lang),)
    if engine != "chromium":
        try:
            printed = render.pdf(markup, report.stamp.as_of, enclosures)
        except render.PrinterMissing:
            if engine == "weasyprint" or browser.find() is None:
                raise
        else:
            gates.check_log(printed.complaints)
            gates.check_printed(printed.content, lang, tagged=True)
            return printed.content, None
    bookmarks = {section.message.to(lang): section.name.to(lang) for section in report.sections}
    content = browser.print_pdf(markup, report.stamp.as_of, enclosures, bookmarks)
    gates.check_printed(content, lang, tagged=False)
    return content, browser.UNTAGGED
