"""What the user points at, as files: paths, patterns, folders, archives, addresses and standard input.

Decision 0277: what may be given as a table.
"""

from __future__ import annotations

import glob
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from engine.language.errors import Finding, Refusal, Text
from engine.reading.sources.inspect import inspect, look, suffix_kind
from engine.reading.sources.remote import fetch_files, is_address, is_pattern
from engine.reading.sources.unpacking import copy_bounded, unpack_gzip, unpack_zip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reading.sources.inspect import FileKind, Inspected

Address = str | Path
STDIN: Final = "-"
_STDIN_NAME: Final = "stdin"
_ARCHIVES: Final = (".gz", ".gzip", ".zip")
_NO_DATA: Final = (".", "~$", "_")
"""First letters of files that programs leave beside data: .DS_Store, ~$売上.xlsx while it is open, _SUCCESS."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file to read.

    Parameters
    ----------
    file
        What it is.
    partitions
        The columns that a folder's name gives, such as year=2026 (Hive).
    """

    file: Inspected
    partitions: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Expanded:
    """The files that were found, in their order, and a finding for each that is not read."""

    files: list[FoundFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _UnreadFile:
    """A file before it was looked into.

    Parameters
    ----------
    path, name, origin
        As in `Inspected`.
    inside
        Whether it was found in a folder or an archive, and not named by the user.
    partitions
        As in `FoundFile`.
    said
        The name whose suffix says what it is; `name` when empty.
    """

    path: Path
    name: str
    origin: str | None
    inside: bool
    partitions: Mapping[str, object] = field(default_factory=dict)
    said: str = ""


def expand(
    table: str, addresses: Sequence[Address], allowed: Sequence[FileKind], scratch: Path, stdin: IO[bytes] | None = None
) -> Expanded:
    """Return the files that the addresses mean.

    Parameters
    ----------
    table
        The table's key, for findings; "" for workbooks.
    addresses
        Paths, patterns (`sales/*.csv`), folders, `-` for standard input, and addresses (`s3://…`), in their order. Of a pattern or a
        folder the files come in the order of their names. A gzip file is the file in it, a zip file each of its files.
    allowed
        The kinds that can be read here.
    scratch
        A folder for what is unpacked or fetched.
    stdin
        Standard input; the program's own when None.

    Returns
    -------
    Expanded
        A file with the bytes of an earlier one is read once. What lies in a folder or an archive and is no table is told.

    Raises
    ------
    Refusal
        `unreadable` when a file that was named cannot be read, or nothing that can be read was found.
    """
    found = Expanded()
    here: list[_UnreadFile] = []
    for place, address in enumerate(addresses):
        below = scratch / f"{table or 'book'}{place}"
        below.mkdir()
        here += _locate_files(found, table, address, below, stdin)
    unpacked: list[_UnreadFile] = []
    for place, each in enumerate(here):
        below = scratch / f"{table or 'book'}_{place}"
        unpacked += _unpack_compressed(each, below)
    names = _name_files_apart(unpacked)
    seen: dict[str, str] = {}
    for each, name in zip(unpacked, names, strict=True):
        _add_readable_file(found, table, each, name, allowed, seen)
    if not found.files:
        raise _make_no_file_refusal(addresses, found.findings)
    return found


def local_files(addresses: Sequence[Address]) -> list[Path]:
    """Return the files on this computer that the addresses mean now, for whoever waits for them to change."""
    found: list[Path] = []
    for address in addresses:
        path = Path(address)
        if path.is_dir():
            found += [each for each in sorted(path.rglob("*")) if each.is_file()]
        elif is_pattern(str(address)) and not path.exists():
            found += local_files(sorted(glob.glob(str(address), recursive=True)))  # noqa: PTH207 - may be absolute
        elif str(address) != STDIN and not is_address(str(address)):
            found.append(path)
    return found


def _locate_files(
    found: Expanded, table: str, address: Address, below: Path, stdin: IO[bytes] | None
) -> list[_UnreadFile]:
    """Return the files of one address; what lies in a folder and is no table is told in `found`."""
    text = str(address)
    if text == STDIN:
        target = below / _STDIN_NAME
        copy_bounded(stdin or sys.stdin.buffer, target, _STDIN_NAME)
        return [_UnreadFile(target, _STDIN_NAME, None, inside=False)]
    if is_address(text):
        place, is_folder = fetch_files(text, below)
        if is_folder:
            return _list_folder_files(found, table, place, text.rstrip("/"))
        return [_UnreadFile(place, place.name, text, inside=False)]
    path = Path(address)
    if path.is_dir():
        return _list_folder_files(found, table, path, str(path))
    if not path.exists() and is_pattern(text):
        matching = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - a pattern may be absolute
        if not matching:
            raise Refusal(
                "unreadable",
                f"「{text}」に当てはまるファイルがありません。フォルダーと名前の書き方を確かめてください",
                f'No file fits "{text}"; check the folder and how the names are written',
            )
        inside = [_locate_files(found, table, each, below, stdin) for each in matching]
        return [replace(each, inside=True) for group in inside for each in group]
    return [_UnreadFile(path, path.name, text, inside=False)]


def _list_folder_files(found: Expanded, table: str, folder: Path, shown: str) -> list[_UnreadFile]:
    """Return the files of a folder by their names; below it only folders that name a column's value (year=2026) are entered."""
    here: list[_UnreadFile] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and "=" in path.name:
            here += [
                _UnreadFile(
                    each,
                    each.relative_to(folder).as_posix(),
                    f"{shown}/{each.relative_to(folder).as_posix()}",
                    True,
                    _read_folder_partitions(each, folder),
                )
                for each in sorted(path.rglob("*"))
                if each.is_file() and not each.name.startswith(_NO_DATA)
            ]
        elif path.is_dir():
            _tell_file_not_read(found, table, path.name, "note", _SUBFOLDER)
        elif path.name.startswith(_NO_DATA):
            _tell_file_not_read(found, table, path.name, "note", _LEFTOVER)
        else:
            here.append(_UnreadFile(path, path.name, f"{shown}/{path.name}", inside=True))
    return here


def _read_folder_partitions(path: Path, folder: Path) -> dict[str, object]:
    """Return the columns that the folders above a file name: year=2026/month=4 → year 2026, month 4."""
    import pyarrow as pa
    from pyarrow import dataset

    folders = path.parent.relative_to(folder).parts
    keys = [each.partition("=")[0] for each in folders if "=" in each]
    known = dataset.HivePartitioning(pa.schema([(key, pa.string()) for key in keys]))
    return dict(dataset.get_partition_keys(known.parse("/".join([*folders, ""]))))


def _unpack_compressed(here: _UnreadFile, below: Path) -> list[_UnreadFile]:
    """Return the file itself, or the files inside it where it is compressed."""
    suffix = PurePosixPath(here.name).suffix.lower()
    if not here.path.is_file() or not (suffix in _ARCHIVES or here.origin is None):
        return [here]
    kind = look(here.path, here.name)
    if kind == "gzip":
        below.mkdir()
        said = here.name[: -len(suffix)] if suffix in _ARCHIVES[:2] else here.name
        return [replace(here, path=unpack_gzip(here.path, here.name, below), said=said)]
    if kind == "zip":
        below.mkdir()
        inside = unpack_zip(here.path, here.name, below)
        return [replace(here, path=path, name=f"{here.name} › {name}", inside=True, said=name) for name, path in inside]
    return [here]


def _name_files_apart(here: Sequence[_UnreadFile]) -> list[str]:
    """Return a name for each file that no other one has: with the folders above it where it must be, else numbered."""
    origins: dict[str, set[str | None]] = {}
    for each in here:
        origins.setdefault(each.name, set()).add(each.origin)
    names = [each.name if len(origins[each.name]) == 1 else _prefix_folder_name(each) for each in here]
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[at] = f"{name} ({seen[name]})"
    return names


def _prefix_folder_name(here: _UnreadFile) -> str:
    parent = PurePosixPath(Path(here.origin or "").as_posix()).parent.name
    return f"{parent}/{here.name}" if parent else here.name


def _add_readable_file(
    found: Expanded, table: str, here: _UnreadFile, name: str, allowed: Sequence[FileKind], seen: dict[str, str]
) -> None:
    """Add a file to those that are read, or tell why it is not."""
    said = here.said or here.name
    if here.inside:
        entry = PurePosixPath(said)
        if entry.name.startswith(_NO_DATA) or entry.parts[0] == "__MACOSX":
            _tell_file_not_read(found, table, name, "note", _LEFTOVER)
            return
        if suffix_kind(said) not in allowed:
            _tell_file_not_read(found, table, name, "warning" if suffix_kind(said) else "note", _UNKNOWN)
            return
        if look(here.path, name) == "blank":
            _tell_file_not_read(found, table, name, "warning", Text("空のファイルです", "The file is empty"))
            return
    file = inspect(here.path, allowed, name, here.origin, said)
    if file.sha256 in seen:
        before = seen[file.sha256]
        reason = Text(
            f"{before} と中身が同じなので、二重に数えないよう読みません",
            f"It has the same contents as {before} and was not read, so that nothing counts twice",
        )
        _tell_file_not_read(found, table, name, "warning", reason)
        return
    seen[file.sha256] = name
    found.files.append(FoundFile(file, here.partitions))


_SUBFOLDER: Final = Text(
    "フォルダーの中のフォルダーは読みません(「年=2026」のような名前のものを除く)",
    "Folders within a folder are not read, but for those named like year=2026",
)
_LEFTOVER: Final = Text("プログラムが残す作業用のファイルです", "A file that a program leaves behind")
_UNKNOWN: Final = Text("表として読める形式ではありません", "It is of no kind that is read as a table here")


def _tell_file_not_read(found: Expanded, table: str, name: str, severity: str, reason: Text) -> None:
    found.findings.append(
        Finding("warning" if severity == "warning" else "note", "file_not_read", table, name, None, None, None, reason)
    )


def _make_no_file_refusal(addresses: Sequence[Address], findings: Sequence[Finding]) -> Refusal:
    named = "・".join(str(address).partition("?")[0] for address in addresses)
    ja = f"({findings[0].source}: {findings[0].reason.ja})" if findings else ""
    en = f" ({findings[0].source}: {findings[0].reason.en})" if findings else ""
    return Refusal(
        "too_little_data",
        f"{named} に読めるファイルがありません{ja}。csv・tsv・txt・xlsx・parquet のファイルを置いてください",
        f"There is no file in {named} that can be read{en}; put csv, tsv, txt, xlsx or parquet files there",
    )
