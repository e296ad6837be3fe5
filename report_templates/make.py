"""From a Portfolio to finished documents: view, HTML, PDF, gates; everything in memory, so that a failure leaves no file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.errors import Lang, Text
from report_templates import gates, render, view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from engine.portfolio import Portfolio
    from report_templates.nouns import Report

__all__ = ["Format", "Made", "make"]

Format = Literal["html", "pdf"]


@dataclass(frozen=True, slots=True)
class Made:
    """Finished documents by file name, and what the user should know about those that could not be made."""

    files: dict[str, bytes]
    notes: tuple[Text, ...] = field(default=())


def make(
    portfolio: Portfolio,
    langs: Sequence[Lang] = ("ja", "en"),
    formats: Sequence[Format] = ("html", "pdf"),
    templates: Path | None = None,
    progress: Callable[[Text, float], None] | None = None,
    before: Portfolio | None = None,
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

    Raises
    ------
    GateFailed
        When a finished document does not pass a gate.
    PrinterMissing
        When only PDF was asked for and WeasyPrint's libraries are missing.
    """
    tell = progress or (lambda _step, _share: None)
    report = view.build(portfolio, before)
    files: dict[str, bytes] = {}
    notes: dict[str, Text] = {}
    steps = [(lang, each) for lang in langs for each in formats]
    for number, (lang, each) in enumerate(steps):
        name = f"report.{lang}.{each}"
        tell(Text(f"{name} を作成中", f"Making {name}"), number / len(steps))
        try:
            files[name] = _html(report, lang, templates) if each == "html" else _pdf(report, lang, templates)
        except render.PrinterMissing as missing:
            if "html" not in formats:
                raise
            notes[missing.text.ja] = missing.text
    tell(Text("完了", "Done"), 1.0)
    return Made(files, tuple(notes.values()))


def _html(report: Report, lang: Lang, templates: Path | None) -> bytes:
    markup = render.html(report, lang, "screen", templates)
    gates.check_html(markup)
    return markup.encode("utf-8")


def _pdf(report: Report, lang: Lang, templates: Path | None) -> bytes:
    markup = render.html(report, lang, "print", templates)
    gates.check_html(markup)
    printed = render.pdf(markup, report.stamp.as_of)
    gates.check_log(printed.complaints)
    gates.check_fonts(printed.content)
    gates.check_pdf(printed.content, lang)
    return printed.content
