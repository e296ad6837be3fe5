"""A report as one HTML document: Jinja2 arranges the view, as one file for a browser or as the pages of a PDF.

Decision 0041: what a page may print, and why gates come first.
Decision 0246: where headlines break.
Decision 0254: why the code of a pseudonym stays whole.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from engine.language import words
from engine.language.errors import Lang, Refusal, Text
from engine.runs.masked_run import PSEUDONYM
from report_templates.print.printer import Printed, PrinterMissing, pdf
from report_templates.texts.settings import colours, dressed
from report_templates.texts.texts import say
from report_templates.texts.typeface import width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.runtime import Context

    from report_templates.document.document import Cell, Figure, Report

__all__ = ["Edition", "Paper", "Printed", "PrinterMissing", "html", "look_again", "page", "pdf", "whole_codes"]

Edition = Literal["print", "screen"]
Paper = Literal["a4", "letter"]
ROOM: Final = Path(__file__).parent.parent
# The sheet, its margins, and the size of a letter: Letter is narrower but taller, so that what fits a page of A4 fits it.
PAPERS: Final[dict[Paper, dict[str, str]]] = {
    "a4": {"size": "A4 landscape", "margin": "17mm 15mm 16mm", "letters": "10pt"},
    "letter": {"size": "letter landscape", "margin": "17mm 11mm 16mm", "letters": "10pt"},
}
_SENTENCES: Final = re.compile("(?<=。)")
_CLAUSES: Final = re.compile("(?<=[.;]) ")
_QUOTED: Final = re.compile("(「[^「」]*」|“[^“”]*”)")
_SHUT: Final = "|".join(rf"<{name}\b.*?</{name}>" for name in ("script", "style", "svg", "title"))
_TAGS: Final = re.compile(rf"(<!--.*?-->|{_SHUT}|<[^>]*>)", re.DOTALL)  # everything but the running text
_NAME: Final = 22.0  # em of a quoted name that is kept on one line


def css_text(word: str) -> Markup:
    """Return `word` as a CSS string in which every character that could end or change it is escaped."""
    return Markup("'" + "".join(c if c.isalnum() and c.isascii() else f"\\{ord(c):06x}" for c in word) + "'")  # noqa: S704 - nothing but letters, digits and hexadecimal escapes is left


def phrases(sentence: str) -> Markup:
    """Return a headline whose clauses break as wholes where they fit on a line, and whose quoted names never break."""
    clauses = [[part for part in _CLAUSES.split(clause) if part] for clause in _SENTENCES.split(sentence) if clause]
    if sum(map(len, clauses)) == 1:
        return _names_whole(sentence)
    spans = [[Markup('<span class="phrase">{}</span>').format(_names_whole(part)) for part in each] for each in clauses]
    return Markup("").join(Markup(" ").join(each) for each in spans)


def _names_whole(clause: str) -> Markup:
    """Return a clause with its quoted names kept on one line, as long as a line can hold them."""
    parts = _QUOTED.split(clause)
    short = Markup('<span class="whole">{}</span>')
    return Markup("").join(
        short.format(part) if place % 2 and width(part) <= _NAME else escape(part) for place, part in enumerate(parts)
    )


def html(
    report: Report, lang: Lang, edition: Edition = "screen", folder: Path | None = None, paper: Paper = "a4"
) -> str:
    """Return the report in `lang` as one HTML document.

    Parameters
    ----------
    edition
        `screen`: one self-contained file for a browser or telephone, with the letters that it shows. `print`: the same
        with our typeface beside it, for the PDF.
    folder
        A company's own templates, looked up before ours; its base.html.jinja may extend `house/base.html.jinja`.
    paper
        The sheet that is printed on, across.

    Raises
    ------
    Refusal
        When a template of `folder` has a mistake.
    """
    from report_templates import charts
    from report_templates.print import branding, interactive, web_fonts

    environment = _build_report_environment(str(folder) if folder else None)
    dress = branding.load(folder)
    drawn: dict[str, int] = {}

    def drawing(figure: Figure) -> Markup:
        number = drawn[figure.key] = drawn.get(figure.key, 0) + 1
        drawing = charts.svg(figure, lang, f"{figure.key}-{number}", telling=edition == "screen")
        return Markup(drawing)  # noqa: S704 - drawn by Vega, which escapes its texts

    inline = interactive.scripts() if edition == "screen" else ()
    with dressed(dress.colours), _mistakes_told(folder):
        markup = environment.get_template("base.html.jinja").render(
            report=report,
            lang=lang,
            logo=dress.logo,
            anchors=frozenset(section.anchor for section in report.sections),
            colours=colours(),
            drawing=drawing,
            interactive=edition == "screen",
            sorting=_sorting if edition == "screen" else _unsorted,
            scripts=inline,
            words=interactive.words(lang),
            policy=interactive.policy(inline, fonts="data:" if edition == "screen" else "data: file:"),
            css=_styles(edition),
            fonts=web_fonts.of_files() if edition == "print" else web_fonts.PLACE,
            paper=PAPERS[paper],
        )
    return web_fonts.with_fonts(whole_codes(markup) if report.stamp.masked else markup)


def whole_codes(markup: str, dress: str = 'class="whole"') -> str:
    """Return a document in which no pseudonym of the running text breaks at its hyphen."""
    parts = _TAGS.split(markup)
    parts[::2] = [PSEUDONYM.sub(rf"<span {dress}>\g<0></span>", text) for text in parts[::2]]
    return "".join(parts)


@contextmanager
def _mistakes_told(folder: Path | None) -> Iterator[None]:
    """Turn what a company's template does wrong into a refusal with its place; our own mistakes stay what they are."""
    try:
        yield
    except (TemplateError, UnicodeDecodeError) as error:
        if folder is None:
            raise
        where = f"{getattr(error, 'name', None) or folder.name}:{getattr(error, 'lineno', None) or '?'}"
        raise Refusal(
            "argument",
            f"テンプレートに誤りがあります({where} {error})。--templates のフォルダーを直してください(文字コードはUTF-8)",
            f"the template has a mistake ({where} {error}); mend it in the folder of --templates (encoding UTF-8)",
        ) from error


def _sorting(cell: Cell) -> Markup:
    """Return the attribute by which a browser sorts: the number, date or gravity behind the cell, nothing for words."""
    value = cell.value
    if cell.tone in words.codes("verdicts") and not isinstance(value, (int, float)):
        value = list(words.codes("verdicts")).index(cell.tone)
    if isinstance(value, date):
        value = value.isoformat()
    elif value is None or isinstance(value, str) or not math.isfinite(value):
        return Markup("")
    return Markup(' data-value="{}"').format(value)


def _unsorted(_cell: Cell) -> Markup:
    return Markup("")


def page(template: str, lang: Lang, **values: object) -> str:
    """Return a document of our own beside the reports, such as the index of many pages, in the same dress."""
    from report_templates.print import interactive, web_fonts

    script = interactive.sorting()
    markup = (
        _build_report_environment(None)
        .get_template(template)
        .render(
            lang=lang,
            css=_styles("screen"),
            script=script,
            words=interactive.words(lang),
            policy=interactive.policy((script,)),
            fonts=web_fonts.PLACE,
            **values,
        )
    )
    return web_fonts.with_fonts(markup)


def look_again() -> None:
    """Look for templates anew: a file that comes to a company's folder may take the place of ours."""
    _build_report_environment.cache_clear()


def _styles(edition: Edition) -> Markup:
    """Return our style sheets; the printer gets none that are for screens, since it does not know media queries."""
    names = ("report.css",) if edition == "print" else ("report.css", "screen.css")
    texts = ((ROOM / "templates" / name).read_text(encoding="utf-8") for name in names)
    return Markup("\n".join(texts))  # noqa: S704 - our own files


@cache
def _build_report_environment(folder: str | None) -> ImmutableSandboxedEnvironment:
    from jinja2 import ChoiceLoader, PrefixLoader, pass_context

    house = FileSystemLoader(ROOM / "templates")
    loaders = [*([FileSystemLoader(folder)] if folder else []), house, PrefixLoader({"house": house})]
    # A folder of templates may come from an agency or by mail: it arranges the page, it does not run programs.
    environment = ImmutableSandboxedEnvironment(
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
