"""The gates: a report that cannot be right is not made. Each gate names what is wrong and how to mend it.

Decision 0041: what a page may print, and why gates come first.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from engine.language.errors import Refusal
from report_templates.texts.typeface import lacking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Our typeface under the names that Pango and that browsers give it.
ALLOWED_FONTS: Final = frozenset(
    {"Noto-Sans-JP-Portfolio", "Noto-Sans-JP-Portfolio-Bold", "NotoSansJPPortfolio-Regular", "NotoSansJPPortfolio-Bold"}
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MOST: Final = 5  # letters that a refusal names
_PUBLIC: Final = ("http:", "https:", "//", "ftp:", "file:")


class GateFailed(Refusal):
    """A finished document did not pass a gate; nothing of it is kept."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(
            "internal", f"検査に通らないため報告書を保存しませんでした。{ja}", f"the report was not saved: {en}"
        )


def check_log(complaints: Iterable[str]) -> None:
    """Refuse a PDF about which the printer complained.

    Raises
    ------
    GateFailed
        With the first complaints.
    """
    heard = list(dict.fromkeys(complaints))
    if heard:
        listed = " / ".join(heard[:3])
        raise GateFailed(
            f"印刷エンジンの警告: {listed}。テンプレートまたはスタイルを直してください",
            f"the printing engine warned: {listed}; mend the template or the style sheet",
        )


def embedded_fonts(content: bytes) -> dict[str, bool]:
    """Return the fonts of a PDF, without their subset prefix, each with whether its glyphs are embedded."""
    with pikepdf.open(BytesIO(content)) as document:
        return _list_embedded_fonts(document)


def _list_embedded_fonts(document: pikepdf.Pdf) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for entry in document.objects:
        if not isinstance(entry, pikepdf.Dictionary) or entry.get("/Type") != "/Font":
            continue
        if entry.get("/Subtype") == "/Type0":
            continue  # the descendant below it carries the name and the glyphs
        descriptor: Any = entry.get("/FontDescriptor", pikepdf.Dictionary())
        # A browser writes letters with a rim as drawings (Type 3) of the typeface that the descriptor names.
        name = str(entry.get("/BaseFont", descriptor.get("/FontName", "/Type3"))).removeprefix("/")
        embedded = "/CharProcs" in entry or any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
        bare = name.partition("+")[2] if name[6:7] == "+" else name
        found[bare] = found.get(bare, True) and embedded
    return found


def check_fonts(content: bytes) -> None:
    """Refuse a PDF with a typeface that is not ours or not embedded; ask `pdffonts` too where it is installed.

    Raises
    ------
    GateFailed
        With the fonts that should not be there.
    """
    _demand_fonts(embedded_fonts(content), _fonts_by_poppler(content))


def _demand_fonts(fonts: Mapping[str, bool], seen: Iterable[str]) -> None:
    names = {name for name, embedded in fonts.items() if name not in ALLOWED_FONTS or not embedded}
    names |= set(seen) - ALLOWED_FONTS
    if names or not fonts:
        listed = ", ".join(sorted(names)) or "-"
        raise GateFailed(
            f"許可していない書体または埋め込みのない書体があります({listed})。report_templates/fonts の書体だけを使ってください",
            f"it holds a typeface that is not allowed or not embedded ({listed}); use only those of report_templates/fonts",
        )


def _fonts_by_poppler(content: bytes) -> tuple[str, ...]:
    tool = shutil.which("pdffonts")
    if tool is None:
        return ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        path.write_bytes(content)
        listing = subprocess.run([tool, str(path)], capture_output=True, text=True, check=True).stdout  # noqa: S603 - a fixed program on our own file
    rows = [line.split()[0] for line in listing.splitlines()[2:] if line.strip() and not line.startswith("[none]")]
    return tuple(name.partition("+")[2] or name for name in rows)


class _Outline(HTMLParser):
    """Reads an HTML document's structure: its language, title, headings, tables, drawings and addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lang = ""
        self.title = ""
        self.headings: list[str] = []
        self.tables: list[list[dict[str, str | None]]] = []
        self.untitled = 0
        self.public: list[str] = []
        self.letters: set[str] = set()
        self._inside: list[str] = []
        self._drawing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang") or ""
        elif tag in _HEADINGS:
            self.headings.append(tag)
        elif tag == "table":
            self.tables.append([])
        elif tag == "th" and self.tables:
            self.tables[-1].append(given)
        elif tag == "svg":
            self._drawing = "open"
        elif tag == "img" and not given.get("alt"):
            self.untitled += 1
        self._inside.append(tag)
        self.public += [
            value
            for name, value in attrs
            if name in {"src", "href", "data", "srcset", "xlink:href", "action"} and value and value.startswith(_PUBLIC)
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self.untitled += self._drawing != "titled"
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        if where == "title" and "svg" in self._inside:
            self._drawing = "titled" if data.strip() else self._drawing
        elif where == "title":
            self.title += data.strip()
        elif where == "style" and any(f"url({start}" in data for start in _PUBLIC):
            self.public.append("style")
        elif where not in {"style", "script"}:
            self.letters.update(data)


def check_html(markup: str, *, printed: bool = False) -> None:
    """Refuse an HTML document without title, language, one first heading, table heads or alternative texts.

    It must also hold no address of another file or host: it is one file that works without a network.

    Parameters
    ----------
    printed
        Whether it is for the PDF, which shows no letter that our typeface lacks: a machine that has another typeface
        would take it from there, and any other machine would print a box.

    Raises
    ------
    GateFailed
        With the first thing that is missing.
    """
    outline = _Outline()
    outline.feed(markup)
    strange = lacking(outline.letters) if printed else ""
    if strange:
        codes = ", ".join(f"{letter} U+{ord(letter):04X}" for letter in strange[:_MOST])
        raise GateFailed(
            f"書体にない文字があります({codes})。定義またはテンプレートのその文字を別の文字に直してください",
            f"it holds letters that the typeface lacks ({codes}); write others in the definition or the template",
        )
    levels = [int(heading[1]) for heading in outline.headings]
    steps = all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))
    demands = (
        (bool(outline.title), "文書名(title)", "a title"),
        (outline.lang in {"ja", "en"}, "言語(lang)", "a language"),
        (levels.count(1) == 1 and levels[:1] == [1] and steps, "見出しの順序", "headings in order"),
        (
            all(heads and all("scope" in head for head in heads) for heads in outline.tables),
            "表の見出し(TH)",
            "table heads",
        ),
        (outline.untitled == 0, "図の代替テキスト", "an alternative text for every figure"),
        (not outline.public, "外部を参照しないこと", "freedom from outside addresses"),
    )
    _demand(demands)


def check_pdf(content: bytes, lang: str) -> None:
    """Refuse a PDF that is not tagged, titled, bookmarked and in its language, or has a figure without alternative text.

    Raises
    ------
    GateFailed
        With the first thing that is missing.
    """
    with pikepdf.open(BytesIO(content)) as document:
        _demand(_structured(document, lang, tagged=True))


def check_printed(content: bytes, lang: str, *, tagged: bool) -> None:
    """Refuse a finished PDF that fails `check_fonts` or `check_pdf`, reading it once.

    Parameters
    ----------
    tagged
        Whether tags are demanded; a browser's are not ours to promise.

    Raises
    ------
    GateFailed
        With the first thing that is wrong.
    """
    with pikepdf.open(BytesIO(content)) as document:
        fonts, demands = _list_embedded_fonts(document), _structured(document, lang, tagged=tagged)
    _demand_fonts(fonts, _fonts_by_poppler(content))
    _demand(demands)


def _structured(document: pikepdf.Pdf, lang: str, *, tagged: bool) -> tuple[tuple[bool, str, str], ...]:
    """Return what a PDF's structure must fulfil, and whether it does."""
    root = document.Root
    said = (
        (str(root.get("/Lang", "")) == lang, "言語(Lang)", "its language"),
        (bool(str(document.docinfo.get("/Title", ""))), "文書名(Title)", "a title"),
        ("/Outlines" in root, "しおり", "bookmarks"),
    )
    if not tagged:
        return said
    elements = list(_structure(root.get("/StructTreeRoot")))
    kinds = {str(element.get("/S")) for element in elements}
    figures = [element for element in elements if str(element.get("/S")) == "/Figure"]
    heads = [element for element in elements if str(element.get("/S")) == "/TH"]
    marked: Any = root.get("/MarkInfo", pikepdf.Dictionary())
    return (
        (bool(marked.get("/Marked", False)) and bool(elements), "タグ", "tags"),
        *said,
        (bool({"/H1", "/H2"} & kinds), "見出しタグ", "heading tags"),
        ("/TD" not in kinds or bool(heads), "表見出しタグ(TH)", "table head tags"),
        (
            all("/Scope" in head.get("/A", {}) for head in heads),
            "表見出しの向き(Scope)",
            "the direction of table heads",
        ),
        (all(str(figure.get("/Alt", "")) for figure in figures), "図の代替テキスト", "alternative texts"),
    )


def _structure(node: Any) -> Iterator[Any]:
    """Walk the structure tree without recursion: a long list nests deeply."""
    waiting = [node] if node is not None else []
    while waiting:
        current = waiting.pop()
        if isinstance(current, pikepdf.Array):
            waiting.extend(current)
        elif isinstance(current, pikepdf.Dictionary):
            if "/S" in current:
                yield current
            if "/K" in current and current.get("/Type") != "/OBJR":
                waiting.append(current["/K"])


def _demand(demands: Iterable[tuple[bool, str, str]]) -> None:
    missing = [(ja, en) for fulfilled, ja, en in demands if not fulfilled]
    if missing:
        ja, en = "、".join(pair[0] for pair in missing), ", ".join(pair[1] for pair in missing)
        raise GateFailed(f"欠けているもの: {ja}。テンプレートを直してください", f"it lacks {en}; mend the template")
