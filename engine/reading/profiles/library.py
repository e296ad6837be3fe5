"""The profiles that there are: the user's saved ones in a folder of their settings, and the ready ones."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.language.errors import Finding, Refusal, Text
from engine.reading.profiles.documents import ID, from_toml, to_toml
from engine.reading.profiles.headers import Headers, fingerprint
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.reading.profiles.profile import Profile

_ENDING: Final = ".toml"
_NOT_IN_FILES: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_RESERVED: Final = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{name}{at}" for name in ("COM", "LPT") for at in range(10)))
)
_SEARCHED: Final = 30  # rows from the top among which the header row is looked for, as in `engine.reading.raw`


@cache
def ready() -> tuple[Profile, ...]:
    """Return the profiles that come with the product, by their names."""
    room = files("engine.reading.profiles").joinpath("ready")
    texts = {each.name: each.read_text(encoding="utf-8") for each in room.iterdir() if each.name.endswith(_ENDING)}
    return tuple(from_toml(texts[name], name, "ready") for name in sorted(texts))


def folder() -> Path:
    """Return where saved profiles lie: `PORTFOLIO_PROFILES` where it is set, else the user's own folder for settings."""
    chosen = os.environ.get("PORTFOLIO_PROFILES")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "customer-portfolio" / "profiles"


def saved() -> tuple[tuple[Profile, ...], tuple[Finding, ...]]:
    """Return the user's profiles, by their names, and a finding for every file of the folder that is none."""
    found: list[Profile] = []
    faults: list[Finding] = []
    try:
        paths = sorted(each for each in folder().iterdir() if each.suffix == _ENDING and not each.name.startswith("."))
    except OSError:  # nothing has been saved yet
        return (), ()
    for path in paths:
        try:
            found.append(_read_profile_file(path, "saved"))
        except Refusal as refusal:
            faults.append(Finding("warning", "profile_not_read", "", path.name, None, None, None, refusal.text))
    return tuple(found), tuple(faults)


def load(path: Path) -> Profile:
    """Return the profile of a file that somebody names.

    Raises
    ------
    Refusal
        `unreadable`, with every fault of the file.
    """
    return _read_profile_file(path, "given")


def _read_profile_file(path: Path, origin: str) -> Profile:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            "unreadable",
            f"プロファイル {path.name} を読めません。UTF-8 の TOML ファイルを指定してください",
            f"The profile {path.name} cannot be read; name a TOML file in UTF-8",
        ) from error
    return from_toml(text, path.name, "saved" if origin == "saved" else "given")


def find(word: str) -> Profile:
    """Return the profile that a word means: a TOML file, or the ID or name of a saved or ready profile.

    Raises
    ------
    Refusal
        `argument` with the near ones.
    """
    if word.endswith(_ENDING) or Path(word).is_file():
        return load(Path(word))
    there = [*saved()[0], *ready()]
    for profile in there:
        if word.strip().casefold() in (profile.id, *(name.casefold() for name in profile.name)):
            return replace(profile, origin="given", fingerprint="", required=())
    near = get_close_matches(word, [each.id for each in there], n=3, cutoff=0.4) or [each.id for each in there]
    raise Refusal(
        "argument",
        f"プロファイル「{word}」はありません(使えるもの: {'・'.join(near)})",
        f'There is no profile "{word}" (use: {", ".join(near)})',
    )


def recognise(
    headers: Sequence[str], rows: Sequence[Sequence[object]] = (), table: str | None = None
) -> Profile | None:
    """Return the profile whose layout a sheet has, or None.

    Parameters
    ----------
    headers
        The header row as written.
    rows
        The rows below it. Layouts are told by their headers alone today; the rows are there for those that cannot.
    table
        The table that the user says it is; only its profiles come into question then.

    Returns
    -------
    Profile or None
        A saved profile before a ready one; of several ready ones that with most required headers.
    """
    return _find_best_profile(headers, saved()[0], table)


def _find_best_profile(headers: Sequence[str], kept: Sequence[Profile], table: str | None) -> Profile | None:
    told = Headers(headers)
    fitting = [each for each in kept if each.table == (table or each.table) and told.fits(each)]
    if not fitting:
        fitting = [each for each in ready() if each.table == (table or each.table) and told.fits(each)]
    return max(fitting, key=lambda each: len(each.required), default=None)


def recognise_grid(rows: Sequence[Sequence[object]], table: str | None = None) -> tuple[Profile, int] | None:
    """Return the profile whose layout a sheet has and the index of its header row, or None.

    Parameters
    ----------
    rows
        The sheet's rows from the top; titles may stand above the header, which is looked for in the first thirty rows.
    table
        As for `recognise`.
    """
    kept = saved()[0]  # read once: the folder may lie on a slow share
    for at, row in enumerate(rows[:_SEARCHED]):
        texts = [shown(cell).strip() for cell in row]
        if sum(map(bool, texts)) > 1 and (found := _find_best_profile(texts, kept, table)):
            return found, at
    return None


def save(profile: Profile, name: str, headers: Sequence[str] = ()) -> Path:
    """Save a profile under a name, so that it is used without asking the next time; return its file.

    Parameters
    ----------
    name
        What people call it; a profile of the same name is replaced.
    headers
        The headers for which it is used from now on; left out, those of the profile's own fingerprint or required headers.

    Raises
    ------
    Refusal
        `argument` for a name without a letter or digit or for a profile that no headers would bring back,
        `unwritable` where the folder cannot be written.
    """
    code = fingerprint(headers) if headers else profile.fingerprint
    if not code and not profile.required:
        raise Refusal(
            "argument",
            "プロファイルを保存するには、対象の見出しが要ります",
            "A profile can be saved only for the headers of a file",
        )
    kept = replace(
        profile,
        id=_derive_profile_id(name),
        name=Text(name.strip(), name.strip()),
        fingerprint=code,
        origin="saved",
    )
    path = folder() / f"{_derive_file_name(name, kept.id)}{_ENDING}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        with part.open("wb") as stream:
            stream.write(to_toml(kept).encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise Refusal(
            "unwritable",
            f"プロファイルを {path} に保存できません({error.strerror})",
            f"The profile cannot be saved as {path} ({error.strerror})",
        ) from error
    return path


def _derive_file_name(name: str, code: str) -> str:
    """Return the name of a profile's file: its own, as far as every system can bear it; else its ID."""
    stem = _NOT_IN_FILES.sub("-", unicodedata.normalize("NFKC", name)).strip(" .-")[:60]
    if stem.split(".", maxsplit=1)[0].upper() in _RESERVED:
        stem = f"profile-{stem}"
    return stem or code


def _derive_profile_id(name: str) -> str:
    """Return a name as the name of a file: letters, digits and hyphens; for Japanese its digest."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    if not any(each.isalnum() for each in plain):
        raise Refusal(
            "argument",
            f"プロファイルの名前「{name}」には文字か数字を入れてください",
            f'Put a letter or a digit into the name of the profile ("{name}")',
        )
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
    if plain.isascii() and ID.fullmatch(short):
        return short
    return f"{short}-{fingerprint([plain])[:10]}".strip("-")
