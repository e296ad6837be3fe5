"""Reading stored runs: nothing is taken that does not have the hash which the manifest gives for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from engine.language.errors import Refusal
from engine.runs.store.content import RUN, SCORED, unpack
from engine.runs.store.frames import from_parquet
from engine.runs.store.layout import LAYOUT, MANIFEST, Manifest, digest, plain_json, runs_folder
from engine.runs.store.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio

_RUN_PREFIX: Final = "PF-"
_DATED: Final = len("PF-20261122")
_SHORTEST: Final = len("PF-20261122-7f3a9c")


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored run: its folder, and its manifest or why it cannot be read."""

    folder: Path
    manifest: Manifest | None
    trouble: Refusal | None

    @property
    def handle(self) -> str:
        """The run's handle, as far as the folder's name tells it."""
        return self.folder.name[:_SHORTEST] if self.manifest is None else self.manifest.handle

    @property
    def when(self) -> str:
        """When it was stored (ISO, UTC); blank where its manifest cannot be read."""
        return "" if self.manifest is None else self.manifest.when


def entries() -> tuple[Entry, ...]:
    """Return every stored run, the newest as-of date first, of equal dates the one that was stored last."""
    found = [_read_store_entry(folder) for folder in runs_folder().glob(f"{_RUN_PREFIX}*") if folder.is_dir()]
    return tuple(sorted(found, key=lambda each: (each.folder.name[:_DATED], each.when, each.folder.name), reverse=True))


def _read_store_entry(folder: Path) -> Entry:
    try:
        return Entry(folder, manifest_of(folder), None)
    except Refusal as trouble:
        return Entry(folder, None, trouble)


def find_folder(handle: str) -> Path | None:
    """Return the folder of the run with this handle, or None where it is not stored.

    Raises
    ------
    Refusal
        `argument` where several stored runs begin alike: more digits of the hash decide.
    """
    name = handle.strip()
    if not name.startswith(_RUN_PREFIX) or len(name) < _SHORTEST or not set(name) <= set("PF-0123456789abcdef"):
        return None
    found = sorted(folder for folder in runs_folder().glob(f"{name}*") if folder.is_dir())
    if len(found) > 1:
        near = "、".join(folder.name[: len(name) + 6] for folder in found)
        raise Refusal(
            "argument",
            f"「{name}」で始まる実行が{len(found)}件あります。もっと長いIDで指定してください({near})",
            f'{len(found)} stored runs begin with "{name}"; give more digits ({near})',
        )
    return found[0] if found else None


def load(folder: Path) -> Portfolio:
    """Return the portfolio of a stored run, as it was scored.

    Raises
    ------
    Refusal
        `unreadable` when a part is damaged or missing, naming it, or when a newer version of the program stored it.
    """
    manifest, parts = _check_all_parts(folder)
    return unpack(migrate(manifest.layout, parts))


def check_folder(folder: Path) -> Manifest:
    """Read a stored run through and return its manifest; raises as `load` does."""
    return _check_all_parts(folder)[0]


def customer_ids(folder: Path) -> list[str]:
    """Return the IDs of a stored run's customers, without loading the rest of it; raises as `load` does."""
    manifest = manifest_of(folder)
    documents = {
        name: _read_checked_part(folder, manifest, name) for name in manifest.parts if not name.endswith(".parquet")
    }
    specs = json.loads(migrate(manifest.layout, documents)[RUN].decode("utf-8", "surrogatepass"))["frames"][SCORED]
    frame = from_parquet(_read_checked_part(folder, manifest, f"{SCORED}.parquet"), specs, ("customer_id",))
    return [str(each) for each in frame["customer_id"]]


def _check_all_parts(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    manifest = manifest_of(folder)
    return manifest, {name: _read_checked_part(folder, manifest, name) for name in manifest.parts}


def _read_checked_part(folder: Path, manifest: Manifest, name: str) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise _refuse_damaged_run(folder, name) from error
    if digest(content) != manifest.parts[name]["sha256"]:
        raise _refuse_damaged_run(folder, name)
    return content


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest of a stored run; raises as `load` does."""
    try:
        document: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        layout = int(document["layout"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refuse_damaged_run(folder, MANIFEST) from error
    if layout > LAYOUT:
        raise Refusal(
            "unreadable",
            f"実行「{folder.name[:_SHORTEST]}」は新しい版のプログラムで保存されています(形式{layout}、この版は{LAYOUT}まで)。"
            "プログラムを更新してください",
            f'the run "{folder.name[:_SHORTEST]}" was stored by a newer version of the program (layout {layout}, this '
            f"one reads up to {LAYOUT}); please update the program",
        )
    check = document.pop("check", None)
    if check != digest(plain_json(document)):
        raise _refuse_damaged_run(folder, MANIFEST)
    return _upgrade_manifest(layout, document)


def _upgrade_manifest(layout: int, document: dict[str, Any]) -> Manifest:
    """Return the manifest of any layout up to ours; what layout 1 did not say is what held then."""
    if layout == 1:
        parts = {name: {"sha256": sha, "bytes": 0} for name, sha in document["parts"].items()}
        document = {"kept": "all", "retention_days": None, "who": "", **document, "parts": parts}
    return Manifest(**{each.name: document[each.name] for each in fields(Manifest)})


def _refuse_damaged_run(folder: Path, part: str) -> Refusal:
    handle = folder.name[:_SHORTEST]
    return Refusal(
        "unreadable",
        f"実行「{handle}」の保存データが壊れています({part})。更新して採点し直してください(ほかの実行は使えます)",
        f'the stored run "{handle}" is damaged ({part}); refresh to score it again (other runs are not touched)',
    )
