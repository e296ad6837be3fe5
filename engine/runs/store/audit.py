"""The audit log: who stored, exported or deleted which run, when; each line carries the hash of the line before it.

A changed, removed or inserted line breaks the chain; lines that are missing at the end are noticed by the count and hash
that stand in a file beside the log. Somebody who rewrites both with care can deceive this log, as every log on a computer
that is theirs; a copy of the last hash elsewhere (a printed report) is proof against that, too.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Text
from engine.runs.store.layout import root
from engine.runs.store.locks import alone

if TYPE_CHECKING:
    from pathlib import Path

FIRST: Final = "0" * 64  # what stands for the hash of the line before the first
_TORN: Final = "torn"


@dataclass(frozen=True, slots=True)
class Record:
    """One line: when (ISO, UTC), who, what was done, and the handle and hash of the run."""

    when: str
    who: str
    what: str
    run: str
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the verification of the log found: the lines that hold, the last hash, and everything that does not fit."""

    lines: int
    last: str
    troubles: tuple[Text, ...]
    notes: tuple[Text, ...]


def log_file() -> Path:
    """Return the log's path."""
    return root() / "audit.jsonl"


def _find_log_head_file() -> Path:
    return root() / "audit.head"


def append(what: str, run: str, whole: str, person: str) -> None:
    """Write one line, in one go and at the end; of several processes one after the other.

    A line that a dying process left unfinished is closed first, and the next line carries its hash.
    """
    log = log_file()
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(root() / "audit.lock"):
        content = _read_log_bytes()
        lines = _split_log_lines(content)
        last = max((place for place, line in enumerate(lines) if _parse_log_line(line) is not None), default=-1)
        document: dict[str, Any] = {
            "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": person,
            "what": what,
            "run": run,
            "hash": whole,
            "before": FIRST if last < 0 else _hash_log_line(lines[last]),
        }
        if lines[last + 1 :]:
            document[_TORN] = [_hash_log_line(each) for each in lines[last + 1 :]]
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        _append_to_audit_log(log, (b"" if content.endswith(b"\n") or not content else b"\n") + line + b"\n")
        _write_head(len(lines) + 1, _hash_log_line(line))


def _append_to_audit_log(log: Path, line: bytes) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.write(handle, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_head(lines: int, last: str) -> None:
    """Write the log's counterpart whole or not at all; under the lock nobody else uses the name beside it."""
    beside = root() / "audit.head.new"
    with beside.open("w", encoding="ascii") as stream:
        stream.write(json.dumps({"lines": lines, "hash": last}))
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(_find_log_head_file())


def _hash_log_line(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def records() -> tuple[Record, ...]:
    """Return the lines that can be read, in their order."""
    return tuple(
        Record(*(str(each.get(name, "")) for name in Record.__slots__))
        for line in _split_log_lines(_read_log_bytes())
        if (each := _parse_log_line(line)) is not None
    )


def _read_log_bytes() -> bytes:
    log = log_file()
    return log.read_bytes() if log.exists() else b""


def _split_log_lines(content: bytes) -> list[bytes]:
    return [line for line in content.split(b"\n") if line]


def _parse_log_line(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "before" in document else None


def verify() -> Report:
    """Read the log through: every line must carry the hash of the line before it, and none may be missing at the end."""
    lines = _split_log_lines(_read_log_bytes())
    troubles, notes = _check_hash_chain(lines)
    head = _read_log_head()
    if head is None:
        if lines:
            troubles.append(Text("ログの控え(audit.head)がありません", "the log's counterpart (audit.head) is missing"))
    elif not (0 < head["lines"] <= len(lines)) or _hash_log_line(lines[head["lines"] - 1]) != head["hash"]:
        troubles.append(
            Text(
                f"末尾の行が失われたか変えられています(控えは{head['lines']}行、ログは{len(lines)}行)",
                f"lines at the end are missing or were changed (the counterpart knows {head['lines']}, the log has {len(lines)})",
            )
        )
    return Report(len(lines), _hash_log_line(lines[-1]) if lines else FIRST, tuple(troubles), tuple(notes))


def _check_hash_chain(lines: list[bytes]) -> tuple[list[Text], list[Text]]:
    """Return what breaks the chain, and the lines that were cut off while they were written.

    A line that cannot be read was cut off when the next whole line says so, or when it is the last one.
    """
    troubles: list[Text] = []
    notes: list[Text] = []
    before, torn = FIRST, dict[int, str]()
    for number, line in enumerate(lines, start=1):
        document = _parse_log_line(line)
        if document is None:
            torn[number] = _hash_log_line(line)
            continue
        for cut, sha in torn.items():
            (
                notes.append(_word_cut_off_line(cut))
                if sha in document.get(_TORN, ())
                else troubles.append(_word_unreadable_line(cut))
            )
        if document["before"] != before:
            troubles.append(
                Text(
                    f"{number}行目の前の行が変えられたか、失われています",
                    f"the line before line {number} was changed or is missing",
                )
            )
        before, torn = _hash_log_line(line), {}
    return troubles, notes + [_word_cut_off_line(cut) for cut in torn]


def _word_cut_off_line(number: int) -> Text:
    return Text(f"{number}行目は書き込みの途中で切れています", f"line {number} was cut off while it was written")


def _word_unreadable_line(number: int) -> Text:
    return Text(f"{number}行目が読めません(改ざんの疑い)", f"line {number} cannot be read (tampering?)")


def _read_log_head() -> dict[str, Any] | None:
    try:
        found = json.loads(_find_log_head_file().read_text(encoding="ascii"))
        return {"lines": int(found["lines"]), "hash": str(found["hash"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
