"""What a file really is: its first bytes against its suffix, before any reader is let near it."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal

from engine.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["FileKind", "Inspected", "broken", "inspect"]

FileKind = Literal["text", "xlsx", "parquet"]

_SUFFIXES: Final[dict[str, FileKind]] = {
    ".csv": "text", ".tsv": "text", ".txt": "text", ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_KINDS: Final[dict[str, Text]] = {
    "text": Text("テキスト(CSVなど)", "a text file (such as CSV)"),
    "xlsx": Text("Excel ブック(.xlsx)", "an Excel workbook (.xlsx)"),
    "parquet": Text("parquet ファイル", "a parquet file"),
    "xls": Text("古い形式の Excel ブック(.xls)", "an old Excel workbook (.xls)"),
    "xlsb": Text("バイナリ形式の Excel ブック(.xlsb)", "a binary Excel workbook (.xlsb)"),
    "ods": Text("OpenDocument の表計算ファイル(.ods)", "an OpenDocument spreadsheet (.ods)"),
    "zip": Text("ZIP ファイル", "a ZIP file"),
    "gzip": Text("gzip で圧縮されたファイル", "a gzip file"),
    "pdf": Text("PDF ファイル", "a PDF file"),
    "html": Text("HTML(Webページ)", "HTML (a web page)"),
    "image": Text("画像ファイル", "an image"),
    "binary": Text("テキストではないファイル", "not a text file"),
    "ole": Text("Excel ではない Office ファイル", "an Office file that is no workbook"),
}
_MAGIC: Final = (
    (b"PAR1", "parquet"), (b"%PDF", "pdf"), (b"\x1f\x8b", "gzip"), (b"\x89PNG", "image"), (b"\xff\xd8\xff", "image"), (b"GIF8", "image"),
)  # fmt: skip
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that is what its suffix says: path, kind and the SHA-256 of its bytes."""

    path: Path
    kind: FileKind
    sha256: str


def inspect(path: Path, allowed: Sequence[FileKind]) -> Inspected:
    """Return what the file is.

    Parameters
    ----------
    path
        The file.
    allowed
        The kinds that the caller can read.

    Raises
    ------
    Refusal
        `unreadable`, with the cause and how to mend it.
    """
    expected = _SUFFIXES.get(path.suffix.lower())
    if not path.is_file():
        raise _absent(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise Refusal(
            "unreadable",
            f"{path.name} を開けません。ほかのソフトで開いていれば閉じ、読み取りの権限を確かめてください",
            f"{path.name} cannot be opened; close it elsewhere and check the permission to read it",
        ) from error
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise Refusal(
            "unreadable",
            f"{path.name} は空のファイルです。書き出しをやり直してください",
            f"{path.name} is empty; export it again",
        )
    kind = _look(path, head)
    if expected is None or expected not in allowed:
        raise _wrong_suffix(path, kind, allowed)
    if kind != expected:
        raise _disguised(path, kind, expected)
    return Inspected(path, expected, digest)


def _look(path: Path, head: bytes) -> str:
    """Return the kind that the bytes show."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_OLE):
        return _look_into_ole(path)
    if head.startswith(b"PK\x03\x04"):
        return _look_into_zip(path)
    start = head.lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        return "html"
    if b"\x00" in head and not head.startswith(_UTF16):
        return "binary"
    return "text"


def _look_into_ole(path: Path) -> str:
    """Tell an encrypted workbook from an old one by the names in the compound file's directory ([MS-CFB], [MS-OFFCRYPTO])."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refusal(
            "unreadable",
            f"{path.name} はパスワードで保護されています。Excel で開き、パスワードを外して保存してください",
            f"{path.name} is protected by a password; open it in Excel and save it without",
        )
    return "xls" if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")) else "ole"


def _look_into_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "xl/workbook.bin" in names:
                return "xlsb"
            return "ods" if "mimetype" in names and b"spreadsheet" in archive.read("mimetype") else "zip"
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise broken(path) from error


def broken(path: Path) -> Refusal:
    """Return the refusal for a damaged workbook."""
    return Refusal(
        "unreadable",
        f"{path.name} は壊れています(途中で切れたか、書き換えられています)。Excel で開いて修復するか、もう一度書き出してください",
        f"{path.name} is broken (cut off or altered); open it in Excel to repair it, or export it again",
    )


def _absent(path: Path) -> Refusal:
    if path.is_dir():
        return Refusal("unreadable", f"{path.name} はフォルダーです", f"{path.name} is a folder")
    beside = [each.name for each in path.parent.iterdir() if each.is_file()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=3)
    ja = f"(近い名前: {'・'.join(near)})" if near else ""
    en = f" (nearest: {', '.join(near)})" if near else ""
    return Refusal("unreadable", f"ファイル {path.name} がありません{ja}", f"There is no file {path.name}{en}")


def _wrong_suffix(path: Path, kind: str, allowed: Sequence[FileKind]) -> Refusal:
    suffixes = [suffix for suffix, each in _SUFFIXES.items() if each in allowed]
    what = _KINDS[kind]
    if kind in ("xls", "xlsb", "ods", "html"):
        mend_ja, mend_en = "Excel で開き、.xlsx で保存してください", "Open it in Excel and save it as .xlsx"
    elif kind in _SUFFIXES.values() and kind not in allowed:
        mend_ja, mend_en = (
            "ブックではなく、表ごとのファイルとして渡してください",
            "It is no workbook; give it as the file of one table",
        )
    else:
        mend_ja, mend_en = "形式を変えて書き出してください", "Export it in another format"
    return Refusal(
        "unreadable",
        f"{path.name} は読めません(中身: {what.ja}、読める拡張子: {'・'.join(suffixes)})。{mend_ja}",
        f"{path.name} cannot be read here (it is {what.en}; suffixes that can: {', '.join(suffixes)}). {mend_en}",
    )


def _disguised(path: Path, kind: str, expected: FileKind) -> Refusal:
    is_now, said = _KINDS[kind], _KINDS[expected]
    right = next((suffix for suffix, each in _SUFFIXES.items() if each == kind), "")
    mend_ja = f"拡張子を {right} に直してください" if right else "正しい形式で書き出してください"
    mend_en = f"Rename it to {right}" if right else "Export it in the right format"
    return Refusal(
        "unreadable",
        f"{path.name} の拡張子は{said.ja}ですが、中身は{is_now.ja}です。{mend_ja}",
        f"{path.name} is named as {said.en}, but it is {is_now.en}. {mend_en}",
    )
