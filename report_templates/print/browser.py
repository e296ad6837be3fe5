"""The second printer: the report printed by the Edge, Chrome or Chromium that is installed, without a window.

It is for machines that lack WeasyPrint's native libraries, such as a planner's Windows. Margin boxes, page counters and our
typeface come out the same. What it does not give is PDF/A and tags that we have checked, and the document says so itself.

Decision 0210: when a browser prints.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pikepdf

from engine.language.errors import Refusal, Text
from report_templates.texts.settings import ROOM
from report_templates.texts.typeface import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from report_templates.print.pdf_metadata import Enclosure

UNTAGGED: Final = Text(
    "このPDFはブラウザーで印刷した版です(PDF/Aではなく、読み上げ用のタグは検査していません)",
    "This PDF was printed by a browser (untagged edition: not PDF/A, tags for screen readers not checked)",
)
_OLDEST: Final = 131  # the first milestone with page margin boxes, in which the footers stand
_MILESTONE: Final = re.compile(r"m(\d+)$")  # Skia/PDF m156
_PATIENCE: Final = 180  # seconds: the first start after an update is slow where a virus scanner reads along
_NAMES: Final = (
    "msedge", "microsoft-edge", "microsoft-edge-stable", "chrome", "google-chrome", "google-chrome-stable",
    "chromium", "chromium-browser",
)  # fmt: skip
_WINDOWS: Final = ("Microsoft/Edge/Application/msedge.exe", "Google/Chrome/Application/chrome.exe")
_MAC: Final = (
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_QUIET: Final = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip


class BrowserMissing(Refusal):
    """There is no browser that could print, or it could not."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__("unreadable", ja, en)


def find() -> Path | None:
    """Return the browser to print with: by PATH, then where Windows and macOS install it; None where there is none."""
    return next((path for path in _yield_browser_paths() if path.is_file()), None)


def _yield_browser_paths() -> Iterator[Path]:
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    yield from _registered()
    for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "LOCALAPPDATA"):
        if os.environ.get(folder):
            yield from (Path(os.environ[folder]) / path for path in _WINDOWS)
    yield from map(Path, _MAC)


def _registered() -> Iterator[Path]:
    """Return what Windows has registered as programs' paths: of the machine, then of the user."""
    yield from ()  # on other systems there is no such register
    if sys.platform == "win32":
        import winreg

        for root in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER):
            for name in ("msedge.exe", "chrome.exe"):
                with suppress(OSError):  # not installed
                    path = winreg.QueryValue(root, rf"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\{name}")
                    yield Path(path.strip('"'))


def print_pdf(
    markup: str, as_of: date, enclosures: Sequence[Enclosure] = (), bookmarks: Mapping[str, str] | None = None
) -> bytes:
    """Print the printed edition's HTML; the same document, printed by the same browser, gives the same bytes.

    Parameters
    ----------
    markup
        The document; it names our typeface as `fonts/…`.
    as_of
        The date of every time stamp inside.
    enclosures
        Files that come inside the PDF.
    bookmarks
        Headings that become bookmarks, each with the bookmark's name; without it every heading becomes one.

    Raises
    ------
    BrowserMissing
        When there is no browser, it is older than its margin boxes, or it ends without a PDF.
    """
    browser = find()
    if browser is None:
        raise BrowserMissing(
            "PDFは作成していません(印刷に使えるEdge・Chrome・Chromiumが見つかりません)。いずれかを入れてください",
            "no PDF was made: no Edge, Chrome or Chromium was found to print with; install one of them",
        )
    with tempfile.TemporaryDirectory(prefix="portfolio-print-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "fonts").mkdir()
        for file in FILES:
            shutil.copyfile(str(ROOM.joinpath("fonts", file)), folder / "fonts" / file)
        (folder / "report.html").write_text(markup, encoding="utf-8")
        _run(browser, folder)
        content = (folder / "report.pdf").read_bytes()
    return _finished(content, markup, as_of, enclosures, bookmarks)


def _run(browser: Path, folder: Path) -> None:
    """Start the browser on the page in `folder`, with a profile of its own there, and wait."""
    # Chromium refuses its sandbox to root, as in a container; it reads nothing but our own page without scripts.
    rights = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    command = [
        str(browser), *_QUIET, *rights, f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={folder / 'report.pdf'}", (folder / "report.html").as_uri(),
    ]  # fmt: skip
    try:
        subprocess.run(  # noqa: S603 - a browser that we looked up, on our own page
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrowserMissing(
            f"PDFは作成していません({browser.name} が応答しません: {type(error).__name__})。もう一度実行してください",
            f"no PDF was made: {browser.name} does not answer ({type(error).__name__}); try again",
        ) from error
    if not (folder / "report.pdf").is_file():
        raise BrowserMissing(
            f"PDFは作成していません({browser.name} が印刷せずに終わりました)。{browser.name} を更新してください",
            f"no PDF was made: {browser.name} ended without printing; update {browser.name}",
        )


def _finished(
    content: bytes,
    markup: str,
    as_of: date,
    enclosures: Sequence[Enclosure],
    bookmarks: Mapping[str, str] | None,
) -> bytes:
    """Give a browser's PDF what WeasyPrint's has: metadata, language, dates of the run, the enclosed tables."""
    from report_templates.print.pdf_metadata import head_of, stamp

    head, out = head_of(markup), BytesIO()
    with pikepdf.open(BytesIO(content)) as document:
        _young_enough(str(document.docinfo.get("/Producer", "")))
        document.Root.Lang = pikepdf.String(head.lang)
        info, producer = document.docinfo, str(document.docinfo.get("/Producer", ""))
        named = (
            ("/Title", head.title),
            ("/Subject", f"{head.subject} | {UNTAGGED.to(head.lang)}"),
            ("/Keywords", head.keywords),
        )
        for key, words in named:
            info[key] = pikepdf.String(words)
        for key in ("/CreationDate", "/ModDate"):
            info[key] = pikepdf.String(stamp(as_of))
        for enclosure in enclosures:
            _attach(document, enclosure, as_of)
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"], metadata["dc:description"] = head.title, str(info["/Subject"])
            metadata["pdf:Keywords"], metadata["pdf:Producer"] = head.keywords, producer
            metadata["xmp:CreatorTool"] = "customer-portfolio (printed by a browser, untagged edition)"
            metadata["xmp:CreateDate"] = metadata["xmp:ModifyDate"] = f"{as_of.isoformat()}T00:00:00Z"
        if bookmarks is not None:
            _name_bookmarks(document, bookmarks)
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _name_bookmarks(document: pikepdf.Pdf, names: Mapping[str, str]) -> None:
    """Keep of a browser's bookmarks, which are all headings, those that `names` knows, under the names it has for them."""
    known = {"".join(heading.split()): name for heading, name in names.items()}
    with document.open_outline() as outline:
        waiting, kept = list(outline.root), []
        while waiting:
            item = waiting.pop(0)
            waiting[:0] = item.children
            name = known.get("".join(str(item.title).split()))
            if name is not None:
                item.children.clear()
                item.title = name
                kept.append(item)
        outline.root[:] = kept


def version_in(content: bytes) -> str:
    """Return the version of the browser that printed a PDF, such as 156; empty where it does not say."""
    with pikepdf.open(BytesIO(content)) as document:
        found = _MILESTONE.search(str(document.docinfo.get("/Producer", "")))
    return found[1] if found else ""


def _young_enough(producer: str) -> None:
    found = _MILESTONE.search(producer)
    if found is None or int(found[1]) < _OLDEST:
        raise BrowserMissing(
            f"PDFは作成していません(ブラウザーが古く、フッターを印刷できません: {producer})。{_OLDEST}以降に更新してください",
            f"no PDF was made: the browser is too old to print footers ({producer}); update it to {_OLDEST} or newer",
        )


def _attach(document: pikepdf.Pdf, enclosure: Enclosure, as_of: date) -> None:
    from report_templates.print.pdf_metadata import stamp

    file = pikepdf.AttachedFileSpec(
        document,
        enclosure.content,
        description=enclosure.description,
        filename=enclosure.name,
        mime_type="text/csv",
        creation_date=stamp(as_of),
        mod_date=stamp(as_of),
    )
    file.relationship = pikepdf.Name.Data
    document.attachments[enclosure.name] = file
    belonging = [*document.Root.get("/AF", ())]
    if not any(entry.objgen == file.obj.objgen for entry in belonging):
        document.Root.AF = pikepdf.Array([*belonging, file.obj])
