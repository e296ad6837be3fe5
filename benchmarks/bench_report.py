"""Claim: the report takes at most 1.3 times what bare WeasyPrint takes for the same HTML, for 6 pages; for 2 and all, too.

Our side starts at the frozen portfolio, whose analysis is kept on the run: sentences, charts, HTML, the tagged PDF/A with
the enclosed table, and every gate. The bare side gets the finished HTML, charts already drawn, and is told nothing else. A
third row shows printing and gates alone, a fourth the browser that prints where WeasyPrint cannot be loaded.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import weasyprint
from measure import Row, compare

import report_templates
from engine.cleaning.tables import clean
from engine.reading.sources import read_workbook
from engine.scoring.scoring import score
from report_templates import charts
from report_templates.gates import gates, reconcile
from report_templates.print import browser, pdf_metadata, render
from report_templates.view import view
from report_templates.view.pages import ALL, BRIEF, chosen
from workbooks.build import build_sample

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio
    from report_templates.view.pages import Pages

ROOM = Path(report_templates.__file__).parent
_SIX = chosen("R1,R2,R3")  # the summary, two pages on segments, three on mix and profit
_RUNS = 5


def measure() -> list[Row]:
    """Render the Japanese report on the sample workbook."""
    portfolio = _sample()
    rows = []
    for pages in (_SIX, BRIEF, ALL):
        report = view.build(portfolio, pages=pages)
        count = f"報告書 / report, {len(report.sections)} pages"
        markup = render.html(report, "ja", "print")
        bare = ("WeasyPrint, same HTML", partial(_bare, markup))
        rows.append(compare((f"{count}: Portfolio → PDF", partial(_made, portfolio, pages)), bare, 1.3, _RUNS))
    rows.append(compare((f"{count}: HTML → PDF, gates", partial(_printed, markup, portfolio)), bare, None, _RUNS))
    if browser.find() is not None:
        name = f"{count}: HTML → PDF by a browser"
        rows.append(compare((name, lambda: browser.print_pdf(markup, portfolio.as_of)), bare, None, _RUNS))
    return rows


def _bare(markup: str) -> bytes | None:
    written: bytes | None = weasyprint.HTML(string=markup, base_url=ROOM.as_uri() + "/").write_pdf()
    return written


def _sample() -> Portfolio:
    with tempfile.TemporaryDirectory() as folder:
        tables = clean(read_workbook(build_sample(Path(folder) / "sample.xlsx")))
    return score(tables)


def _made(portfolio: Portfolio, pages: Pages) -> bytes:
    """Make these pages of the report from the portfolio, with every drawing and every gate."""
    charts.forget()  # a command draws every figure once; a kept drawing would flatter the ratio
    report = view.build(portfolio, pages=pages)
    reconcile.check_sums(report, portfolio)
    return _printed(render.html(report, "ja", "print"), portfolio)


def _printed(markup: str, portfolio: Portfolio) -> bytes:
    """Print and pass every gate, as the command does."""
    gates.check_html(markup)
    printed = render.pdf(markup, portfolio.as_of, (pdf_metadata.scores(portfolio, "ja"),))
    gates.check_log(printed.complaints)
    gates.check_printed(printed.content, "ja", tagged=True)
    return printed.content
