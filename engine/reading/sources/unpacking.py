"""Compressed files: a gzip file is the file in it, a zip file each of its files; neither may grow without bound."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal
from engine.reading.sources.inspect import broken, check_unpacked

if TYPE_CHECKING:
    from typing import Protocol

    class _Readable(Protocol):
        def read(self, size: int, /) -> bytes: ...


_CHUNK: Final = 1 << 20
_ENTRIES: Final = 10_000
"""Files in one zip file; more were packed by mistake, or to keep a reader busy."""
_ENCRYPTED: Final = 1
_UTF8: Final = 0x800


def copy_bounded(stream: _Readable, target: Path, name: str) -> None:
    """Write a stream into a file; it is refused where it grows beyond `LARGEST_UNPACKED`."""
    size = 0
    with target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            check_unpacked(name, size)
            out.write(chunk)


def unpack_gzip(path: Path, name: str, scratch: Path) -> Path:
    """Return the file inside a gzip file.

    Raises
    ------
    Refusal
        `unreadable` when it is broken or too large.
    """
    target = scratch / "unpacked"
    try:
        with gzip.open(path) as stream:
            copy_bounded(stream, target, name)
    except (OSError, EOFError, zlib.error) as error:
        raise broken(path, name) from error
    return target


def unpack_zip(path: Path, name: str, scratch: Path) -> list[tuple[str, Path]]:
    """Return the files inside a zip file, in the order of their names: each name and where its bytes are.

    Parameters
    ----------
    path, name
        The file, and how messages call it.
    scratch
        An empty folder that is there already.

    Raises
    ------
    Refusal
        `unreadable` when it is broken, locked by a password, or too large.
    """
    found: list[tuple[str, Path]] = []
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            check_unpacked(name, sum(entry.file_size for entry in entries))
            if len(entries) > _ENTRIES:
                raise _make_too_many_files_refusal(name, len(entries))
            for place, entry in enumerate(entries):
                if entry.flag_bits & _ENCRYPTED:
                    raise _make_locked_zip_refusal(name)
                target = scratch / str(place)
                with archive.open(entry) as stream:
                    copy_bounded(stream, target, name)
                found.append((_decode_entry_name(entry), target))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise broken(path, name) from error
    return sorted(found)


def _decode_entry_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name as it was written: without the flag for UTF-8 Japanese Windows writes CP932."""
    written = entry.filename
    if not entry.flag_bits & _UTF8:
        try:
            written = written.encode("cp437").decode("cp932")
        except (UnicodeDecodeError, UnicodeEncodeError):
            written = entry.filename
    return str(PurePosixPath(written.replace("\\", "/")))


def _make_locked_zip_refusal(name: str) -> Refusal:
    return Refusal(
        "unreadable",
        f"{name} はパスワード付きの ZIP です。展開してから渡してください",
        f"{name} is a zip file with a password; unpack it first",
    )


def _make_too_many_files_refusal(name: str, count: int) -> Refusal:
    return Refusal(
        "unreadable",
        f"{name} には {count:,} 個のファイルがあり、多すぎて読めません({_ENTRIES:,} 個まで)。必要なファイルだけを入れてください",
        f"{name} holds {count:,} files, too many to be read ({_ENTRIES:,} at most); pack only those that are needed",
    )
