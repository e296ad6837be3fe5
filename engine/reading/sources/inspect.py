"""What a file really is: its first bytes against its suffix, before any reader is let near it."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

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
LARGEST_UNPACKED: Final = 4 << 30
"""Bytes that one file may unpack to: the text of some sixty million order lines, which no office computer holds in memory. A small
file that claims more was made to fill a disk."""
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that is what its suffix says.

    Parameters
    ----------
    path
        Where its bytes lie; for what was unpacked or fetched a temporary file.
    kind
        What it is.
    sha256
        Digest of its bytes.
    name
        What findings and messages call it.
    origin
        Where the user's file lies, None for standard input.
    """

    path: Path
    kind: FileKind
    sha256: str
    name: str
    origin: str | None


def inspect(
    path: Path, allowed: Sequence[FileKind], name: str = "", origin: str | None = "", said: str = ""
) -> Inspected:
    """Return what the file is.

    Parameters
    ----------
    path
        The file.
    allowed
        The kinds that the caller can read.
    name, origin
        As in `Inspected`, where they are not the path's own.
    said
        The name whose suffix says the kind, where that is not `name`. Without a suffix it says nothing: the bytes do.

    Raises
    ------
    Refusal
        `unreadable`, with the cause and how to mend it.
    """
    name = name or path.name
    said = said or name
    expected = suffix_kind(said)
    if not path.is_file():
        raise _make_no_such_file_refusal(path)
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
    if is_blank(head):
        raise Refusal(
            "unreadable",
            f"{name} は空のファイルです。書き出しをやり直してください",
            f"{name} is empty; export it again",
        )
    kind = _recognise_kind(path, head, name)
    if expected is None and "." not in said:
        expected = next((each for each in allowed if each == kind), None)
    if expected is None or expected not in allowed:
        raise _make_wrong_suffix_refusal(name, kind, allowed)
    if kind != expected:
        raise _make_disguised_file_refusal(name, kind, expected)
    return Inspected(path, expected, digest, name, str(path) if origin == "" else origin)


def suffix_kind(name: str) -> FileKind | None:
    """Return the kind that a file's suffix says, None for one that is not read."""
    return _SUFFIXES.get(Path(name).suffix.lower())


def is_blank(head: bytes) -> bool:
    """Return whether a file that begins with these bytes holds nothing."""
    return not head.strip(b"\x00\t\r\n \xef\xbb\xbf")


def look(path: Path, name: str) -> str:
    """Return the kind that a file's bytes show, such as `gzip` or `zip`; `blank` for none."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    return "blank" if is_blank(head) else _recognise_kind(path, head, name)


def _recognise_kind(path: Path, head: bytes, name: str) -> str:
    """Return the kind that the bytes show."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_OLE):
        return _look_into_ole(path, name)
    if head.startswith(b"PK\x03\x04"):
        return _look_into_zip(path, name)
    start = head.lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        return "html"
    if b"\x00" in head and not head.startswith(_UTF16):
        return "binary"
    return "text"


def _look_into_ole(path: Path, name: str) -> str:
    """Tell an encrypted workbook from an old one by the names in the compound file's directory ([MS-CFB], [MS-OFFCRYPTO])."""
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refusal(
            "unreadable",
            f"{name} はパスワードで保護されています。Excel で開き、パスワードを外して保存してください",
            f"{name} is protected by a password; open it in Excel and save it without",
        )
    return "xls" if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")) else "ole"


def _look_into_zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                check_unpacked(name, sum(each.file_size for each in archive.infolist()))
                return "xlsx"
            if "xl/workbook.bin" in names:
                return "xlsb"
            return "ods" if "mimetype" in names and b"spreadsheet" in archive.read("mimetype") else "zip"
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise broken(path, name) from error


def check_unpacked(name: str, size: int) -> None:
    """Refuse what would unpack to more than `LARGEST_UNPACKED` bytes."""
    if size > LARGEST_UNPACKED:
        limit = LARGEST_UNPACKED >> 30
        raise Refusal(
            "unreadable",
            f"{name} は展開すると {limit} GB を超えるので読みません。期間や拠点ごとに分けて書き出してください",
            f"{name} holds more than {limit} GB when it is unpacked, so it is not read; export it in parts, by month or branch",
        )


def broken(path: Path, name: str = "") -> Refusal:
    """Return the refusal for a damaged workbook."""
    name = name or path.name
    return Refusal(
        "unreadable",
        f"{name} は壊れています(途中で切れたか、書き換えられています)。Excel で開いて修復するか、もう一度書き出してください",
        f"{name} is broken (cut off or altered); open it in Excel to repair it, or export it again",
    )


def _make_no_such_file_refusal(path: Path) -> Refusal:
    if path.is_dir():
        return Refusal("unreadable", f"{path.name} はフォルダーです", f"{path.name} is a folder")
    beside = [each.name for each in path.parent.iterdir() if each.is_file()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=3)
    ja = f"(近い名前: {'・'.join(near)})" if near else ""
    en = f" (nearest: {', '.join(near)})" if near else ""
    return Refusal("unreadable", f"ファイル {path.name} がありません{ja}", f"There is no file {path.name}{en}")


def _make_wrong_suffix_refusal(name: str, kind: str, allowed: Sequence[FileKind]) -> Refusal:
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
        f"{name} は読めません(中身: {what.ja}、読める拡張子: {'・'.join(suffixes)})。{mend_ja}",
        f"{name} cannot be read here (it is {what.en}; suffixes that can: {', '.join(suffixes)}). {mend_en}",
    )


def _make_disguised_file_refusal(name: str, kind: str, expected: FileKind) -> Refusal:
    is_now, said = _KINDS[kind], _KINDS[expected]
    right = next((suffix for suffix, each in _SUFFIXES.items() if each == kind), "")
    mend_ja = f"拡張子を {right} に直してください" if right else "正しい形式で書き出してください"
    mend_en = f"Rename it to {right}" if right else "Export it in the right format"
    return Refusal(
        "unreadable",
        f"{name} の拡張子は{said.ja}ですが、中身は{is_now.ja}です。{mend_ja}",
        f"{name} is named as {said.en}, but it is {is_now.en}. {mend_en}",
    )
