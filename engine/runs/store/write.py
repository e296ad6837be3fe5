"""Storing a run: all of it or nothing, whatever happens in between.

Everything is written into a folder of its own beside the stored runs, brought to the disk, and renamed: the rename is the
moment at which the run is stored. A run's folder is named by the run's hash, so two processes that store the same run
write the same thing, and the second finds it done.

Decision 0140: why a stored run is a folder, and a rename its moment.
"""

from __future__ import annotations

import errno
import getpass
import importlib.metadata
import os
import shutil
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.runs.store import audit
from engine.runs.store.content import pack
from engine.runs.store.layout import GONE, LAYOUT, MANIFEST, PART, Manifest, digest, root, runs_folder
from engine.runs.store.locks import SUFFIX, alive, own_name
from engine.runs.store.masking import mask
from engine.runs.store.read import check_folder
from engine.scoring.scoring import SCORING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from engine.cleaning.tables import Kept
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def store_run(portfolio: Portfolio, what: str = "score") -> Manifest:
    """Store a run and write it into the audit log; a run that is stored already is left as it is.

    Parameters
    ----------
    portfolio
        The run; what of it is kept is said by its own definition (`store.keep`).
    what
        What led to it, for the audit log: score, refresh.

    Raises
    ------
    Refusal
        `unwritable` when the disk is full or the folder cannot be written; nothing of the run is left then, and every
        run stored before is as it was.
    """
    with needed():
        runs = runs_folder()
        root().mkdir(mode=0o700, parents=True, exist_ok=True)  # customers' names will lie here
        runs.mkdir(exist_ok=True)
        sweep()
        manifest = _find_whole_stored_run(portfolio)
        if manifest is None:
            manifest = _write_run_folder(portfolio)
        audit.append(what, manifest.handle, manifest.hash, who())
        return manifest


@contextmanager
def needed() -> Iterator[None]:
    """Word what the operating system refuses while something is written."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Refusal(
                "unwritable",
                "ディスクの空きが足りず、実行を保存できません。空きを作ってからもう一度お試しください(保存済みの実行はそのままです)",
                "the disk is full, the run cannot be stored; make room and try again (what was stored before is untouched)",
            ) from error
        raise Refusal(
            "unwritable",
            f"実行の保存先に書き込めません({error.strerror or error})。フォルダーの権限か PORTFOLIO_RUNS を確かめてください",
            f"the store of runs cannot be written ({error.strerror or error}); check its folder or PORTFOLIO_RUNS",
        ) from error


def _find_whole_stored_run(portfolio: Portfolio) -> Manifest | None:
    """Return the manifest of this run where it is stored and whole; one that is damaged is put aside."""
    folder = runs_folder() / f"PF-{portfolio.as_of:%Y%m%d}-{portfolio.hash}"
    if not folder.exists():
        return None
    try:
        return check_folder(folder)
    except Refusal:
        _put_aside(folder)
        return None


def _write_run_folder(portfolio: Portfolio) -> Manifest:
    parts = pack(mask(portfolio, keep_of(portfolio.definition)))
    manifest = _write_manifest_of_run(portfolio, parts)
    with own_name(runs_folder(), PART) as part:
        try:
            part.mkdir()
            for name, content in parts.items():
                _write_file(part / name, content)
            _write_file(part / MANIFEST, manifest.to_bytes())
            _sync_folder(part)
            with suppress(FileExistsError):  # another process stored the same run meanwhile
                _move_into_place(part, runs_folder() / manifest.folder)
            _sync_folder(runs_folder())
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return manifest


def _move_into_place(part: Path, place: Path) -> None:
    """Give a finished folder its name, which is free or belongs to the same run.

    Raises
    ------
    FileExistsError
        When the name is taken.
    """
    try:
        part.rename(place)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EACCES) and place.exists():
            raise FileExistsError(error.errno, error.strerror) from error
        raise


def _write_file(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the operating system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_manifest_of_run(portfolio: Portfolio, parts: Mapping[str, bytes]) -> Manifest:
    definition = portfolio.definition
    return Manifest(
        layout=LAYOUT,
        handle=portfolio.handle,
        hash=portfolio.hash,
        as_of=portfolio.as_of.isoformat(),
        tier=portfolio.tier,
        purpose=portfolio.purpose,
        currency=portfolio.currency,
        customers=len(portfolio),
        orders=None if portfolio.orders is None else len(portfolio.orders),
        definition={"version": definition.version, "hash": definition.hash},
        kept=keep_of(definition),
        retention_days=retention_of(definition),
        scoring=SCORING,
        engine=importlib.metadata.version("customer-portfolio"),
        who=who(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        parts={name: {"sha256": digest(content), "bytes": len(content)} for name, content in parts.items()},
    )


def keep_of(definition: Definition) -> Kept:
    """Return what is kept of a run under its definition; one that knows no such entry yet takes the built-in one's.

    Raises
    ------
    Refusal
        `missing_definition` for another word.
    """
    word = str(_find_value_or_built_in(definition, "store.keep"))
    if word not in ("all", "scored", "pseudonyms"):
        raise Refusal(
            "missing_definition",
            f"定義「store.keep」の値「{word}」が使えません(all・scored・pseudonyms)",
            f'the value "{word}" does not fit the entry "store.keep" (all, scored, pseudonyms)',
        )
    return cast("Kept", word)


def retention_of(definition: Definition) -> float | None:
    """Return the days for which a run is kept; None for ever, which the definition says by 0."""
    return float(str(_find_value_or_built_in(definition, "store.retention_days"))) or None


def _find_value_or_built_in(definition: Definition, key: str) -> object:
    try:
        found: object = definition.value(key)
    except Refusal:
        found = load_definition().value(key)
    return found


def who() -> str:
    """Return the name of the person at work, as the operating system knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def delete(folder: Path) -> None:
    """Delete a stored run: it is gone with one rename, and its files after that."""
    with own_name(runs_folder(), GONE) as gone:
        folder.rename(gone)
        _sync_folder(runs_folder())
        shutil.rmtree(gone, ignore_errors=True)


def _put_aside(folder: Path) -> None:
    """Make room for a run whose stored copy is damaged.

    Another process may have done so, and stored the run anew, since we looked: what we took away is looked at again.
    """
    with suppress(FileNotFoundError, FileExistsError), own_name(runs_folder(), GONE) as gone:
        folder.rename(gone)
        try:
            check_folder(gone)
        except Refusal:
            shutil.rmtree(gone, ignore_errors=True)
        else:
            _move_into_place(gone, folder)


def sweep() -> int:
    """Delete what runs that were being stored or deleted left behind when their process died; return how many."""
    leftovers = [
        path
        for path in runs_folder().glob(".*")
        if path.name.startswith((PART, GONE)) and not path.name.endswith(SUFFIX) and not alive(path)
    ]
    for path in leftovers:
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):  # a single file: a key that was being made
            path.unlink(missing_ok=True)
    for lock in runs_folder().glob(f".*{SUFFIX}"):
        path = lock.with_name(lock.name.removesuffix(SUFFIX))
        if not path.exists():
            alive(path)
    return len(leftovers)
