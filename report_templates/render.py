"""A report as one HTML file and as a tagged PDF: Jinja2 arranges the view, WeasyPrint prints it, nothing is fetched."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup, escape

from engine import words
from engine.errors import Lang, Refusal, Text
from report_templates.settings import colours
from report_templates.texts import say
from report_templates.typeface import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.runtime import Context

    from report_templates.nouns import Figure, Report

__all__ = ["Edition", "Printed", "PrinterMissing", "html", "look_again", "pdf"]

Edition = Literal["print", "screen"]
ROOM: Final = Path(__file__).parent
PAPER: Final = "A4 landscape"
_WEIGHTS: Final = {"Regular": 400, "Bold": 700}


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


def css_text(word: str) -> Markup:
    """Return `word` as a CSS string in which every character that could end or change it is escaped."""
    return Markup("'" + "".join(c if c.isalnum() and c.isascii() else f"\\{ord(c):06x}" for c in word) + "'")  # noqa: S704 - nothing but letters, digits and hexadecimal escapes is left


def phrases(sentence: str) -> Markup:
    """Return a headline whose Japanese clauses break as wholes where they fit on a line."""
    clauses = [clause for clause in sentence.replace("。", "。\n").split("\n") if clause]
    if len(clauses) == 1:
        return escape(sentence)
    return Markup("").join(Markup('<span class="phrase">{}</span>').format(clause) for clause in clauses)


def html(report: Report, lang: Lang, edition: Edition = "screen", folder: Path | None = None) -> str:
    """Return the report in `lang` as one HTML document.

    Parameters
    ----------
    edition
        `screen`: one self-contained file for a browser or telephone. `print`: the same with our typeface, for the PDF.
    folder
        A company's own templates, looked up before ours; its base.html.jinja may extend `house/base.html.jinja`.

    Raises
    ------
    Refusal
        When a template of `folder` has a mistake.
    """
    from report_templates.charts import svg

    environment = _environment(str(folder) if folder else None)
    drawn: dict[str, int] = {}

    def drawing(figure: Figure) -> Markup:
        number = drawn[figure.key] = drawn.get(figure.key, 0) + 1
        return Markup(svg(figure, lang, f"{figure.key}-{number}"))  # noqa: S704 - drawn by Vega, which escapes its texts

    try:
        return environment.get_template("base.html.jinja").render(
            report=report,
            lang=lang,
            drawing=drawing,
            css=_styles(edition),
            fonts=_fonts() if edition == "print" else (),
            paper=PAPER,
        )
    except TemplateError as error:
        if folder is None:
            raise
        where = f"{getattr(error, 'name', None) or folder.name}:{getattr(error, 'lineno', None) or '?'}"
        raise Refusal(
            "argument",
            f"テンプレートに誤りがあります({where} {error})。--templates のフォルダーを直してください",
            f"the template has a mistake ({where} {error}); mend it in the folder of --templates",
        ) from error


def look_again() -> None:
    """Look for templates anew: a file that comes to a company's folder may take the place of ours."""
    _environment.cache_clear()


def _styles(edition: Edition) -> Markup:
    """Return our style sheets; the printer gets none that are for screens, since it does not know media queries."""
    names = ("report.css",) if edition == "print" else ("report.css", "screen.css")
    texts = ((ROOM / "templates" / name).read_text(encoding="utf-8") for name in names)
    return Markup("\n".join(texts))  # noqa: S704 - our own files


def _fonts() -> tuple[dict[str, Any], ...]:
    return tuple(
        {"address": f"fonts/{name}", "weight": _WEIGHTS[name.removesuffix(".ttf").rpartition("-")[2]]} for name in FILES
    )


@cache
def _environment(folder: str | None) -> Environment:
    from jinja2 import ChoiceLoader, PrefixLoader, pass_context

    house = FileSystemLoader(ROOM / "templates")
    loaders = [*([FileSystemLoader(folder)] if folder else []), house, PrefixLoader({"house": house})]
    environment = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    @pass_context
    def in_language(context: Context, text: Text) -> str:
        return text.to(context["lang"])

    environment.filters.update(t=in_language, css_text=css_text, phrases=phrases)
    environment.globals.update(
        say=say,
        word=words.text,
        colours=colours(),
        verdicts=frozenset(words.codes("verdicts")),
        segments=frozenset(words.codes("segments.standard")),
    )
    return environment


def pdf(markup: str, as_of: date) -> Printed:
    """Print an HTML document as tagged PDF/A-3a; the same document always gives the same bytes.

    Raises
    ------
    PrinterMissing
        When WeasyPrint's native libraries cannot be loaded.
    """
    weasyprint = _printer()
    with _listening() as complaints, _clock_stopped(as_of), warnings.catch_warnings():
        # WeasyPrint 70 leaves closing its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        document = weasyprint.HTML(string=markup, base_url=ROOM.as_uri() + "/", url_fetcher=_fetcher())
        content = document.write_pdf(pdf_variant="pdf/a-3a", font_config=_font_configuration())
    return Printed(bytes(content), tuple(complaints))


def _printer() -> Any:
    try:
        with redirect_stdout(StringIO()):  # it prints a page of advice, where one line of ours is enough
            import weasyprint
    except OSError as error:
        raise PrinterMissing(str(error)) from error
    return weasyprint


@cache
def _font_configuration() -> Any:
    """Return the one configuration that every document of this process shares: loading a typeface is slow."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFolderOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
        """Serve files of this folder and data addresses; anything else is an error in the printer's log."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            parts = urlsplit(url)
            if parts.scheme == "data":
                return super().fetch(url, headers)
            path = Path(url2pathname(parts.path)).resolve()
            if parts.scheme != "file" or not path.is_relative_to(ROOM):
                raise ValueError(f"refused to fetch {url}: a report is made of its own folder only")
            return URLFetcherResponse(url, path.read_bytes())

    return OwnFolderOnly()


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
    os.environ["SOURCE_DATE_EPOCH"] = str(int(datetime.combine(as_of, time(), UTC).timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before
