"""What was made, line by line: an interrupted batch goes on where it stopped, and a changed run begins anew."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.runs.masked_run import edition_of
from report_templates.texts.settings import ROOM

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio

NAME: Final = "manifest.jsonl"
_ENDINGS: Final = frozenset({".py", ".toml", ".jinja", ".css", ".js", ".ttf"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished page: whose, in which file, and the SHA-256 of its bytes."""

    customer: str
    file: str
    sha256: str


def run_key(portfolio: Portfolio, before: Portfolio | None, templates: Path | None) -> str:
    """Return what pages depend on beside customer, language and format, as one hash.

    The run (data, definition, as-of date), the run that it is compared with, our own code, texts and typeface, and a
    company's templates.
    """
    digest = hashlib.sha256(f"{portfolio.hash}|{before.hash if before else ''}".encode())
    if portfolio.tables.kept == "masked":  # the hash is the raw run's, whatever is hidden in it
        digest.update("|".join(edition_of(portfolio)).encode("utf-8", "surrogatepass"))
    for content in _contents(templates):
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def _contents(templates: Path | None) -> Iterable[bytes]:
    from pathlib import Path

    own = Path(str(ROOM))
    houses = ((folder, _ENDINGS) for folder in (own, own.with_name("engine")))
    for folder, wanted in (*houses, *(((templates, None),) if templates else ())):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (wanted is None or path.suffix in wanted):
                yield path.relative_to(folder).as_posix().encode("utf-8", "surrogatepass")
                yield path.read_bytes()


class Manifest:
    """The list of finished pages in a folder: a first line that names the run, then one line per page.

    A line is added when its page is on disk, so that a page without a line is made again, and never the other way round.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.path = folder / NAME
        self.folder = folder
        self.run = run
        told, entries = _read_manifest_entries(self.path)
        self.of_another_run = () if told == run else tuple(entries.values())
        self._entries = entries if told == run else {}

    def is_finished(self, file: str) -> bool:
        """Return whether a page of this run is there as it was made."""
        entry = self._entries.get(file)
        return entry is not None and _holds(self.folder / file, entry.sha256)

    def entries(self) -> tuple[Entry, ...]:
        """Return the finished pages of this run that are still there."""
        return tuple(entry for entry in self._entries.values() if (self.folder / entry.file).is_file())

    def begin(self) -> None:
        """Write the list of what is there of this run; pages of another run, unchanged since, are taken away.

        Two runs side by side in one folder would sooner or later be sent as one.
        """
        for entry in self.of_another_run:
            if _holds(self.folder / entry.file, entry.sha256):
                (self.folder / entry.file).unlink()
        self._entries = {entry.file: entry for entry in self.entries() if self.is_finished(entry.file)}
        lines = [
            _encode_manifest_line({"run": self.run}),
            *(_encode_manifest_line(asdict(entry)) for entry in self._entries.values()),
        ]
        part = self.path.with_suffix(".part")
        part.write_bytes(b"".join(lines))
        part.replace(self.path)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add pages that have just been finished."""
        added = list(entries)
        with self.path.open("ab") as stream:
            stream.write(b"".join(_encode_manifest_line(asdict(entry)) for entry in added))
            stream.flush()
            os.fsync(stream.fileno())
        self._entries.update({entry.file: entry for entry in added})


def _encode_manifest_line(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _read_manifest_entries(path: Path) -> tuple[str, dict[str, Entry]]:
    """Return the run that a list names and its entries; a line that was cut off, or is none of ours, is passed over."""
    if not path.is_file():
        return "", {}
    run, entries = "", {}
    for line in path.read_bytes().splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if not isinstance(document, dict):
            continue
        if set(document) == {"run"}:
            run = str(document["run"])
        elif set(document) == {"customer", "file", "sha256"}:
            entry = Entry(**{name: str(value) for name, value in document.items()})
            if is_bare(entry.file):
                entries[entry.file] = entry
    return run, entries


def is_bare(name: str) -> bool:
    """Return whether a name is that of a file in the folder itself: a list is a file that anybody may have written."""
    return bool(name) and name not in {".", ".."} and not set(name) & set("/\\:\0")


def _holds(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False
