"""The first printer: WeasyPrint, which makes tagged PDF/A; it fetches nothing but our own folder, and every word it says counts.

Decision 0238: what a batch of pages does once.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache, lru_cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from engine.language.errors import Refusal
from report_templates.print.pdf_metadata import enclosed, finisher, midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from report_templates.print.pdf_metadata import Enclosure

ROOM: Final = Path(__file__).parent.parent
_ADDRESS: Final = ROOM.as_uri() + "/"
_SHEET: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_DRAWING: Final = re.compile(  # as `charts.svg` writes it
    r'<svg xmlns="http://www\.w3\.org/2000/svg" class="drawing"[^>]*><title[^>]*>([^<]*)</title>.*?</svg>', re.DOTALL
)
# What a sheet tells the whole document, and not only the elements that its selectors meet.
_FAR_REACHING: Final = re.compile(r"@(?:import|counter-style|color-profile|layer|namespace)|<")


class PrinterMissing(Refusal):
    """WeasyPrint or the libraries that it loads (Pango) are not there; HTML can still be written."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "unreadable",
            "PDFは作成していません(Pangoが見つかりません)。Debian/Ubuntuは apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0、Windowsは MSYS2 の mingw-w64-ucrt-x86_64-pango を入れてください",
            "no PDF was made because Pango is missing; on Debian/Ubuntu: apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0, on Windows install MSYS2's mingw-w64-ucrt-x86_64-pango",
        )
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and everything the printer had to say while making it; the gates demand that it said nothing."""

    content: bytes
    complaints: tuple[str, ...]


def pdf(markup: str, as_of: date, enclosures: tuple[Enclosure, ...] = ()) -> Printed:
    """Print an HTML document as tagged PDF/A-3a; the same document always gives the same bytes.

    Parameters
    ----------
    as_of
        The date of every time stamp inside.
    enclosures
        Files that come inside the PDF.

    Raises
    ------
    PrinterMissing
        When WeasyPrint's native libraries cannot be loaded.
    """
    weasyprint = _import_weasyprint()
    bare, texts = _undressed(markup)
    sheets = [_parsed(text) for text in texts]
    with _listening() as complaints, _clock_stopped(as_of), warnings.catch_warnings():
        # WeasyPrint 70 leaves closing its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        content = _read_markup(weasyprint, bare).write_pdf(
            stylesheets=[sheet for sheet, _ in sheets],
            pdf_variant="pdf/a-3a",
            font_config=_font_configuration(),
            attachments=enclosed(enclosures, as_of),
            finisher=finisher,
        )
    return Printed(bytes(content), (*(each for _, heard in sheets for each in heard), *complaints))


def _read_markup(weasyprint: Any, markup: str) -> Any:
    """Return a document as the printer reads it, its drawings as pictures beside it.

    Most letters and elements of a page are in its drawings. Within the page the printer reads each letter in Python and
    looks for the style of each element, although a drawing brings its own; as a picture it is read as the XML that it is,
    a fifth of all printing is saved, and the PDF is the same to the byte.
    """
    drawings: dict[str, bytes] = {}

    def taken_out(found: re.Match[str]) -> str:
        address = f"drawing:{len(drawings)}"
        drawings[address] = found[0].encode("utf-8")
        return f'<img class="drawing" src="{address}" alt="{found[1]}">'

    bare = _DRAWING.sub(taken_out, markup)
    return weasyprint.HTML(string=bare, base_url=_ADDRESS, url_fetcher=_fetcher(drawings))


def _undressed(markup: str) -> tuple[str, tuple[str, ...]]:
    """Return a document without the style sheets of its head, and those: hundreds of pages share what takes long to parse.

    All of them or none are taken out, so that they stay in order; none where one has a rule that reaches beyond its sheet.
    """
    head, end, body = markup.partition("</head>")
    sheets = tuple(_SHEET.findall(head))
    if "<style" in body or head.count("<style") != len(sheets) or any(map(_FAR_REACHING.search, sheets)):
        return markup, ()
    return _SHEET.sub("", head) + end + body, sheets


@lru_cache(maxsize=8)
def _parsed(sheet: str) -> tuple[Any, tuple[str, ...]]:
    """Return a style sheet as the printer keeps it, and what the printer had to say of it, which holds for every page."""
    from weasyprint import CSS

    with _listening() as heard:
        parsed = CSS(string=sheet, base_url=_ADDRESS, url_fetcher=_fetcher(), font_config=_font_configuration())
    return parsed, tuple(heard)


def _import_weasyprint() -> Any:
    try:
        # It prints a page of advice, where one line of ours is enough, and warns of a machine without typefaces, although
        # our pages bring theirs.
        with redirect_stdout(StringIO()), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No fonts configured", UserWarning)
            import weasyprint
    except OSError as error:
        raise PrinterMissing(str(error)) from error
    return weasyprint


@cache
def _font_configuration() -> Any:
    """Return the one configuration that every document of this process shares: loading a typeface is slow."""
    from weasyprint.text.fonts import FontConfiguration

    atexit.register(_let_go)
    return FontConfiguration()


def _let_go() -> None:
    """Give the typefaces back while the library that frees them is still there: at the very end it no longer is."""
    _parsed.cache_clear()
    _font_configuration.cache_clear()


def _fetcher(drawings: Mapping[str, bytes] | None = None) -> Any:
    """Return what a page may fetch with: `drawings` by their addresses, and our own folder."""
    return _fetching()(drawings or {})


@cache
def _fetching() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFolderOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
        """Serve a page's drawings, files of this folder and data; anything else is an error in the printer's log."""

        def __init__(self, drawings: Mapping[str, bytes]) -> None:
            super().__init__()
            self._drawings = drawings

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url in self._drawings:
                return URLFetcherResponse(url, self._drawings[url], {"Content-Type": "image/svg+xml"})
            parts = urlsplit(url)
            if parts.scheme == "data":
                return super().fetch(url, headers)
            path = Path(url2pathname(parts.path)).resolve()
            if parts.scheme != "file" or not path.is_relative_to(ROOM):
                raise ValueError(f"refused to fetch {url}: a report is made of its own folder only")
            return URLFetcherResponse(url, path.read_bytes())

    return OwnFolderOnly


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what WeasyPrint and its font library log at warning level or above."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear, loggers = Ear(logging.WARNING), [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    for logger in loggers:
        logger.addHandler(ear)
    try:
        yield heard
    finally:
        for logger in loggers:
            logger.removeHandler(ear)


@contextmanager
def _clock_stopped(as_of: date) -> Iterator[None]:
    """Let every time stamp of the PDF be the as-of date: bytes depend on the run, not on when it was printed."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(midnight(as_of).timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before
