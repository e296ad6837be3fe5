"""`portfolio-report doctor`: whether this machine can print the report."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import click

from engine.checkup import bad, conclude, fine
from engine.console import lang_option, refusals, say
from engine.errors import Text
from engine.options import json_option
from report_templates.settings import ROOM
from report_templates.typeface import FAMILY, FILES

if TYPE_CHECKING:
    from engine.checkup import Check

__all__ = ["checks", "command"]

_PATIENCE: Final = 120  # seconds; the first start after an installation is slow where a virus scanner reads along
_PRINTER: Final = Text("PDFの印刷 (WeasyPrint と Pango)", "PDF printer (WeasyPrint with Pango)")
_FONTS: Final = Text("フォント", "Typeface")
_CHARTS: Final = Text("グラフ", "Charts")
_DRAW: Final = (
    "import vl_convert as v; v.vegalite_to_svg({'data': {'values': []}, 'mark': 'bar'}); print(v.__version__)"
)
_PRINT: Final = "import weasyprint; weasyprint.HTML(string='<p>a').write_pdf(); print(weasyprint.__version__)"


def checks() -> list[Check]:
    """Return what was found, each library tried in a process of its own: a missing DLL may end it."""
    return [_printer(), _charts(), _fonts()]


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


def _printer() -> Check:
    from report_templates.render import PrinterMissing

    works, said = _tried(_PRINT)
    if works:
        return fine(_PRINTER, Text(f"WeasyPrint {said}", f"WeasyPrint {said}"))
    return bad(_PRINTER, Text(f"動きません({said})", f"does not work ({said})"), PrinterMissing(said).text)


def _charts() -> Check:
    works, said = _tried(_DRAW)
    if works:
        return fine(_CHARTS, Text(f"vl-convert {said}", f"vl-convert {said}"))
    again = Text("ライブラリを入れ直してください", "install the libraries again")
    return bad(_CHARTS, Text(f"動きません({said})", f"does not work ({said})"), again)


def _fonts() -> Check:
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
