"""What a PDF carries beside its pages: the scored table as an enclosed file, heads of tables with their direction, dates.

Decision 0211: why the scored table is enclosed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from engine.commands import export
from engine.language.errors import Lang, Text

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

_SCORES = Text("顧客スコア", "customer-scores")
_DESCRIPTION = Text("この報告書の元になった顧客別のスコア表", "The scored customers that this report is read from")


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file inside the PDF."""

    name: str
    content: bytes
    description: str


@dataclass(slots=True)
class Head:
    """What a document says about itself."""

    lang: Lang = "ja"
    title: str = ""
    subject: str = ""
    keywords: str = ""


def scores(portfolio: Portfolio, lang: Lang) -> Enclosure:
    """Return the scored customers as a CSV that Excel opens, named after the run; a masked portfolio gives masked rows."""
    name = f"{_SCORES.to(lang)}_{portfolio.handle}.csv"
    return Enclosure(name, export.csv_bytes(export.customers_table(portfolio, lang)), _DESCRIPTION.to(lang))


def midnight(as_of: date) -> datetime:
    """Return the moment that stands for the as-of date in every time stamp."""
    return datetime.combine(as_of, time(), UTC)


def stamp(as_of: date) -> str:
    """Return the as-of date as PDF writes times."""
    return f"D:{as_of:%Y%m%d}000000Z"


def enclosed(enclosures: tuple[Enclosure, ...], as_of: date) -> list[Any]:
    """Return the files as WeasyPrint takes them: data that the pages are made from, dated by the run."""
    from weasyprint import Attachment

    moment = midnight(as_of)
    return [
        Attachment(
            string=each.content, name=each.name, description=each.description,
            created=moment, modified=moment, relationship="Data",
        )
        for each in enclosures
    ]  # fmt: skip


def finisher(_document: Any, pdf: Any) -> None:
    """Tell for every head of a table whether it names a column or a row; mend the names of enclosed files.

    WeasyPrint 70 links cells to their heads but writes no Scope, which readers without that link rely on. It writes a file's
    name once as bare UTF-8, which viewers show as gibberish, and lists the file twice among those of the document.
    """
    import pydyf  # type: ignore[import-untyped]

    def parent(element: Any) -> Any:
        return pdf.objects[int(element["P"].split()[0])]

    for element in pdf.objects:
        if isinstance(element, dict) and element.get("S") == "/TH":
            part = parent(parent(element))
            element["A"]["Scope"] = "/Column" if part.get("S") == "/THead" else "/Row"
        elif isinstance(element, dict) and element.get("Type") == "/Filespec":
            for tree in pdf.objects:
                if isinstance(tree, dict) and "Names" in tree and element["F"] in tree["Names"]:
                    tree["Names"][tree["Names"].index(element["F"])] = element["UF"]
            element["F"] = element["UF"]
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


class _Heads(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.head = Head()
        self._titled = self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.head.lang = "en" if given.get("lang") == "en" else "ja"
        elif tag == "meta" and given.get("name") == "description":
            self.head.subject = given.get("content", "")
        elif tag == "meta" and given.get("name") == "keywords":
            self.head.keywords = given.get("content", "")
        self._titled = tag == "title" and not self._done

    def handle_endtag(self, tag: str) -> None:
        self._done = self._done or tag == "head"
        self._titled = False

    def handle_data(self, data: str) -> None:
        if self._titled:
            self.head.title += data


def head_of(markup: str) -> Head:
    """Return what an HTML document says about itself in its head."""
    reader = _Heads()
    reader.feed(markup.partition("</head>")[0])
    return reader.head
