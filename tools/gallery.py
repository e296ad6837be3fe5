"""The gallery: every page of the report on five inputs, in both languages, as small pictures with a page that shows them.

    python tools/gallery.py docs/gallery                    # all of it, and docs/gallery.md, docs/gallery.ja.md beside it
    python tools/gallery.py out/look --input three          # one input only, for a look
    python tools/gallery.py out/inputs --files-only         # only the files that the reports are made from

Each report is made by the command that users have, in a process of its own. Needs pdftoppm. The same run of the project
on the same machine gives the same bytes.

Decision 0241: why every page lies in the repository as a picture.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pikepdf
from PIL import Image

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from gallery_inputs import INPUTS, Input  # noqa: E402 - found on the path that is set above

from engine.commands.console import FINDINGS, FINE  # noqa: E402 - the same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.language.errors import Lang

LANGS: Final[tuple[Lang, ...]] = ("ja", "en")
DPI: Final = 96  # what a screen shows at 100 %
FILLED: Final = 12  # squares of four equal pixels from which on a colour is that of an area
MANIFEST: Final = "pages.json"
MESSAGE: Final = re.compile(r'<h[12] id="[^"]*-message"[^>]*>(.*?)</h[12]>', re.DOTALL)
TAG: Final = re.compile(r"<[^>]+>")
WORDS: Final = {
    "ja": {
        "title": "# 報告書のギャラリー",
        "intro": "5つの入力から作った日本語の報告書の全ページです(A4横、100 %で表示)。"
        "英語版は [gallery.md](gallery.md) にあります。\n画像は `make gallery` で作り直します。",
        "how": "作り方: `{command}`",
        "files": "入力のファイルは `python tools/gallery.py out/inputs --files-only` で書き出せます。",
        "pages": "{n}ページ",
    },
    "en": {
        "title": "# The gallery of reports",
        "intro": "Every page of the report on five inputs (A4 landscape, at 100 %), in English. "
        "The Japanese reports are in [gallery.ja.md](gallery.ja.md).\n`make gallery` makes the pictures anew.",
        "how": "How it is made: `{command}`",
        "files": "`python tools/gallery.py out/inputs --files-only` writes the files that the reports are made from.",
        "pages": "{n} pages",
    },
}


@dataclass(frozen=True, slots=True)
class Page:
    """One picture: of which input, in which language, which page (from 1), and the page's message."""

    input: str
    lang: Lang
    number: int
    message: str

    @property
    def picture(self) -> str:
        """The picture's file name."""
        return f"{self.input}.{self.lang}.{self.number:02d}.webp"


def main(arguments: Sequence[str] | None = None) -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(description="報告書の全ページの画像 / pictures of every page of the report")
    parser.add_argument("out", type=Path, help="出力先フォルダー / output folder")
    names = [each.key for each in INPUTS]
    parser.add_argument("--input", choices=names, action="append", help="この入力だけ / this input only (repeatable)")
    parser.add_argument("--files-only", action="store_true", help="入力のファイルだけ / only the inputs' files")
    given = parser.parse_args(arguments)
    chosen = [each for each in INPUTS if not given.input or each.key in given.input]
    if given.files_only:
        for each in chosen:
            folder = given.out / each.key
            folder.mkdir(parents=True, exist_ok=True)
            print(" ".join(command_of(each, each.write(folder))))
        return
    pages = make(given.out, chosen)
    if not given.input:
        show(given.out, pages)


def make(out: Path, inputs: Iterable[Input] = INPUTS) -> list[Page]:
    """Write a picture of every page of the reports on `inputs` and the list of them; pictures of before are removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.webp"):
        old.unlink()
    pages: list[Page] = []
    for each in inputs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            arguments = each.write(folder)
            _reports(each, arguments, folder)
            for lang in LANGS:
                found = pages_of(each.key, lang, folder)
                draw(folder / f"report.{lang}.pdf", [out / page.picture for page in found])
                pages += found
        print(f"{each.key}: {len([page for page in pages if page.input == each.key])}")
    listed = [asdict(page) for page in pages]
    (out / MANIFEST).write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return pages


def command_of(each: Input, arguments: list[str], *more: str) -> list[str]:
    """Return the command, as a user types it, that makes the reports on an input whose files `arguments` name."""
    day = [] if each.as_of is None else ["--as-of", each.as_of.isoformat()]
    compared = [] if each.before is None else ["--compare", "previous"]
    return ["portfolio-report", "render", *arguments, *day, *compared, "--lang", "both", *more]


def _reports(each: Input, arguments: list[str], folder: Path) -> None:
    """Make both reports on an input into `folder`, with a store of runs of their own."""
    environment = {**os.environ, "PORTFOLIO_RUNS": str(folder / "runs"), "PYTHONPATH": str(ROOT)}
    commands = [["-m", "report_templates.command", *command_of(each, arguments, "--out", str(folder))[1:]]]
    if each.before is not None:
        commands.insert(0, ["-m", "engine.commands.command", "score", *arguments, "--as-of", each.before.isoformat()])
    for command in commands:
        done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (FINE, FINDINGS):  # orders after an earlier as-of date are findings of that run
            raise SystemExit(done.stderr)


def pages_of(key: str, lang: Lang, folder: Path) -> list[Page]:
    """Return the pages of a report with their messages: its PDF knows where sections begin, its HTML what they say."""
    markup = (folder / f"report.{lang}.html").read_text(encoding="utf-8")
    messages = [html.unescape(TAG.sub("", said)) for said in MESSAGE.findall(markup)]
    with pikepdf.open(folder / f"report.{lang}.pdf") as document:
        places = {page.objgen: number for number, page in enumerate(document.pages, start=1)}
        with document.open_outline() as outline:
            starts = [places[item.destination[0].objgen] for item in outline.root]  # type: ignore[index]
    said = dict(zip(starts, messages, strict=True))
    found, last = [], ""
    for number in places.values():
        last = said.get(number, last)  # a section that goes on over the page says the same
        found.append(Page(key, lang, number, " ".join(last.split())))
    return found


def draw(pdf: Path, pictures: Sequence[Path]) -> None:
    """Draw the pages of a document, one picture each, as screens show them at 100 %."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["pdftoppm", "-png", "-r", str(DPI), str(pdf), str(Path(name) / "page")], check=True)
        for drawn, picture in zip(sorted(Path(name).iterdir()), pictures, strict=True):
            with Image.open(drawn) as page:
                _rounded(page.convert("RGB")).save(picture, lossless=True, quality=100, method=4)


def _rounded(page: Image.Image) -> Image.Image:
    """Return a page whose filled areas keep their colours, and whose softened edges have 16 levels a channel.

    That is half the bytes, and no eye sees it. A palette would turn the few red marks of a page grey, and rounding all
    would give pale areas another hue.
    """
    exact = np.asarray(page).astype(np.int32)
    packed = exact @ np.array([1 << 16, 1 << 8, 1], np.int32)
    corner = packed[:-1, :-1]
    filled = (corner == packed[1:, :-1]) & (corner == packed[:-1, 1:]) & (corner == packed[1:, 1:])
    colours, counts = np.unique(corner[filled], return_counts=True)
    kept = np.isin(packed, colours[counts >= FILLED])
    return Image.fromarray(np.where(kept[..., None], exact, (exact + 8) // 17 * 17).astype(np.uint8))


def show(out: Path, pages: Sequence[Page]) -> None:
    """Write the two pages that show the pictures, beside the folder that holds them."""
    for lang in LANGS:
        said = WORDS[lang]
        lines = [said["title"], "", said["intro"], said["files"]]
        for each in INPUTS:
            mine = [page for page in pages if page.input == each.key and page.lang == lang]
            with tempfile.TemporaryDirectory() as name:
                arguments = [word.replace(f"{name}{os.sep}", "") for word in each.write(Path(name))]
            command = " ".join(command_of(each, arguments, "--out", "DIR"))
            if each.before is not None:
                command = f"portfolio score {' '.join(arguments)} --as-of {each.before.isoformat()}; {command}"
            about = each.about.to(lang)
            lines += ["", f"## {each.name.to(lang)}", ""]
            lines += [
                f"{about}{'。' if lang == 'ja' else '. '}{said['pages'].format(n=len(mine))}{'。' if lang == 'ja' else '.'}"
            ]
            lines += ["", said["how"].format(command=command), ""]
            lines += [f"![{_alt(page)}]({out.name}/{page.picture})\n" for page in mine]
        name = "gallery.ja.md" if lang == "ja" else "gallery.md"
        (out.parent / name).write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


def _alt(page: Page) -> str:
    """Return a page's message as it can stand in the brackets of a picture."""
    return page.message.replace("[", "(").replace("]", ")").replace("\n", " ")


if __name__ == "__main__":
    main()
