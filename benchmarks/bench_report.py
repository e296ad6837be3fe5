"""Claim: the report takes at most 1.3 times what bare WeasyPrint takes for the same HTML.

Our side starts at the frozen portfolio: sentences, charts, HTML, the tagged PDF/A and every gate. The bare side gets
the finished HTML, charts already drawn, and is told nothing else. A second row shows our printing and gates alone.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import weasyprint
from measure import Row, compare

import report_templates
from engine.scoring import score
from engine.sources import read_workbook
from engine.tables import clean
from report_templates import charts, gates, render, view
from workbooks.build import build_sample

if TYPE_CHECKING:
    from engine.portfolio import Portfolio

ROOM = Path(report_templates.__file__).parent


def measure() -> list[Row]:
    """Render the Japanese report on the sample workbook."""
    portfolio = _sample()
    markup = render.html(view.build(portfolio), "ja", "print")
    with pikepdf.open(io.BytesIO(_printed(markup, portfolio))) as document:
        pages = len(document.pages)
    bare = (
        "WeasyPrint, same HTML",
        lambda: weasyprint.HTML(string=markup, base_url=ROOM.as_uri() + "/").write_pdf(),
    )
    return [
        compare(
            (f"報告書 / report, {pages} pages: Portfolio → PDF", lambda: _whole(portfolio)), bare, budget=1.3, runs=7
        ),
        compare(
            (f"報告書 / report, {pages} pages: HTML → PDF, gates", lambda: _printed(markup, portfolio)), bare, None, 7
        ),
    ]


def _sample() -> Portfolio:
    with tempfile.TemporaryDirectory() as folder:
        tables = clean(read_workbook(build_sample(Path(folder) / "sample.xlsx")))
    return score(tables)


def _whole(portfolio: Portfolio) -> bytes:
    charts.forget()  # a command draws every figure once; a kept drawing would flatter the ratio
    return _printed(render.html(view.build(portfolio), "ja", "print"), portfolio)


def _printed(markup: str, portfolio: Portfolio) -> bytes:
    """Print and pass every gate, as the command does."""
    gates.check_html(markup)
    printed = render.pdf(markup, portfolio.as_of)
    gates.check_log(printed.complaints)
    gates.check_fonts(printed.content)
    gates.check_pdf(printed.content, "ja")
    return printed.content
