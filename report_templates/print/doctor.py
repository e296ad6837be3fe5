"""`portfolio-report doctor`: whether this machine can print the report."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import click

from engine.commands.checkup import bad, conclude, fine, hint
from engine.commands.console import lang_option, refusals, say
from engine.commands.options import json_option
from engine.language.errors import Refusal, Text
from report_templates.texts.settings import ROOM
from report_templates.texts.typeface import FAMILY, FILES

if TYPE_CHECKING:
    from engine.commands.checkup import Check

_PATIENCE: Final = 120  # seconds; the first start after an installation is slow where a virus scanner reads along
_PRINTER: Final = Text("PDFの印刷 (WeasyPrint と Pango)", "PDF printer (WeasyPrint with Pango)")
_SECOND: Final = Text("もう1つの印刷 (Edge・Chrome・Chromium)", "Second printer (Edge, Chrome or Chromium)")
_FONTS: Final = Text("フォント", "Typeface")
_CHARTS: Final = Text("グラフ", "Charts")
_DRAW: Final = (
    "import vl_convert as v; v.vegalite_to_svg({'data': {'values': []}, 'mark': 'bar'}); print(v.__version__)"
)
_PAGE: Final = '<!DOCTYPE html><html lang="en"><head><title>a</title></head><body><h1>a</h1></body></html>'
_PRINT: Final = "import weasyprint; weasyprint.HTML(string='<p>a').write_pdf(); print(weasyprint.__version__)"


def checks() -> list[Check]:
    """Return what was found, each library tried in a process of its own: a missing DLL may end it."""
    browser, prints = _browser()
    return [_check_printer(replaced=prints), browser, _check_charts(), _check_fonts()]


def _tried(program: str) -> tuple[bool, str]:
    """Return whether a short program ran, and its last line."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and a fixed program
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        return False, say(f"{_PATIENCE}秒たっても終わりません", f"not finished after {_PATIENCE} seconds")
    said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode == 0, said[-1] if said else ""


def _check_printer(*, replaced: bool) -> Check:
    """Return whether WeasyPrint prints; where a browser prints in its place, that it does not is no fault."""
    from report_templates.print.render import PrinterMissing

    works, said = _tried(_PRINT)
    if works:
        return fine(_PRINTER, Text(f"WeasyPrint {said}", f"WeasyPrint {said}"))
    found, mend = Text(f"動きません({said})", f"does not work ({said})"), PrinterMissing(said).text
    if not replaced:
        return bad(_PRINTER, found, mend)
    instead = Text(
        "PDFは下のブラウザーで印刷します(PDF/Aではなく、タグは検査しない版)。PDF/Aが要るときは、Pangoを入れてください",
        "the browser below prints the PDF (not PDF/A, tags not checked); install Pango where PDF/A is needed",
    )
    return hint(_PRINTER, found, instead)


def _browser() -> tuple[Check, bool]:
    """Return which browser there is, and whether it printed a page: its version stands in what it prints."""
    from report_templates.print import browser

    path = browser.find()
    if path is None:
        missing = Text("見つかりません", "none found")
        mend = Text(
            "WeasyPrintが動けば要りません。動かないときは、Edge・Chrome・Chromiumのどれかを入れてください",
            "not needed where WeasyPrint works; where it does not, install Edge, Chrome or Chromium",
        )
        return hint(_SECOND, missing, mend), False
    try:
        version = browser.version_in(browser.print_pdf(_PAGE, date(2000, 1, 1)))
    except Refusal as refusal:
        return hint(_SECOND, Text(f"印刷できません({path})", f"does not print ({path})"), refusal.text), False
    told = f"{path.stem} {version} ({path})"
    return fine(_SECOND, Text(told, told)), True


def _check_charts() -> Check:
    works, said = _tried(_DRAW)
    if works:
        return fine(_CHARTS, Text(f"vl-convert {said}", f"vl-convert {said}"))
    again = Text("ライブラリを入れ直してください", "install the libraries again")
    return bad(_CHARTS, Text(f"動きません({said})", f"does not work ({said})"), again)


def _check_fonts() -> Check:
    lost = [name for name in FILES if not ROOM.joinpath("fonts", name).is_file()]
    if not lost:
        return fine(_FONTS, Text(FAMILY, FAMILY))
    names = ", ".join(lost)
    return bad(
        _FONTS,
        Text(f"{names} がありません", f"{names} missing"),
        Text("この製品を入れ直してください(フォントは同梱です)", "install the product again; the fonts come with it"),
    )


@click.command(
    "doctor", help=say("この機械で報告書を印刷できるかを調べます。", "Check whether this machine can print the report.")
)
@lang_option
@json_option
@refusals
def command(as_json: bool) -> None:
    """Check the printer, the charts and the typeface."""
    conclude(checks(), as_json=as_json)
