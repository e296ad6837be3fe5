r"""`portfolio-addin install`: put the add-in where Excel looks for add-ins, and tell it which Python holds the engine.

Excel's folder is `%APPDATA%\Microsoft\AddIns`, the configuration `%USERPROFILE%\.portfolio\portfolio.conf`; the add-in
reads nothing else (decision 0030). Both are written atomically, and only what we wrote ourselves is ever removed.
For LibreOffice Calc see `addin.install.calc`.
"""

from __future__ import annotations

import csv
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.commands.console import write_all
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERPRETER: Final = "INTERPRETER_WIN"
_CODE_PAGE: Final = "mbcs" if sys.platform == "win32" else "utf-8"  # VBA's Open reads in the system's code page


@dataclass(frozen=True, slots=True)
class Places:
    """Where Excel on Windows finds the add-in and the add-in its configuration."""

    addin: Path
    configuration: Path


def places(environment: Mapping[str, str] | None = None) -> Places:
    """Return the places for the current user.

    Raises
    ------
    Refusal
        Where the system has no such places: Excel add-ins written in VBA run on Windows only.
    """
    known = os.environ if environment is None else environment
    roaming, profile = known.get("APPDATA"), known.get("USERPROFILE")
    if not (roaming and profile):
        raise Refusal(
            "argument",
            "Excel用のアドインはWindowsにだけ入れられます。LibreOffice Calc には --host calc を指定してください",
            "the add-in for Excel can only be installed on Windows; for LibreOffice Calc use --host calc",
        )
    from addin.packaging.xlam.build import FILE_NAME

    return Places(
        Path(roaming, "Microsoft", "AddIns", FILE_NAME),
        Path(profile, ".portfolio", "portfolio.conf"),
    )


def read_configuration(path: Path) -> dict[str, str]:
    """Return the entries of a configuration file, key in capitals → value; empty where there is no file.

    Each line is `"KEY","value"`, as xlwings reads it.
    """
    if not path.is_file():
        return {}
    text = path.read_text(encoding=_CODE_PAGE, errors="replace")
    return {row[0].strip().upper(): row[1].strip() for row in csv.reader(io.StringIO(text)) if len(row) >= 2}


def portable(path: str, environment: Mapping[str, str]) -> str:
    """Return a Windows path with `%LOCALAPPDATA%` or `%USERPROFILE%` in the place of the folder that they stand for.

    The add-in expands them. VBA reads the file in the system's own code page, which need not have the characters of
    the user's name; without the name the path is nearly always ASCII.
    """
    for name in ("LOCALAPPDATA", "USERPROFILE"):
        folder = environment.get(name, "").rstrip("\\")
        if folder and path.casefold().startswith(f"{folder}\\".casefold()):
            return f"%{name}%{path[len(folder) :]}"
    return path


def configuration(existing: Mapping[str, str], interpreter: str, encoding: str | None = None) -> bytes:
    """Return the configuration file with this interpreter and every other entry of `existing`.

    Raises
    ------
    Refusal
        When the path holds characters that the system's code page (`encoding` where it is given) does not have.
    """
    try:
        return _encode_configuration({**existing, INTERPRETER: interpreter}, encoding)
    except UnicodeEncodeError as error:
        raise Refusal(
            "argument",
            f"フォルダー名「{interpreter}」に、Excelのマクロが読めない文字があります。英数字だけのフォルダーに入れ直してください",
            f'the folder "{interpreter}" has characters that Excel macros cannot read; install into a plain folder',
        ) from error


def _encode_configuration(entries: Mapping[str, str], encoding: str | None = None) -> bytes:
    text = "".join(f'"{key}","{value}"\r\n' for key, value in entries.items())
    return text.encode(encoding or _CODE_PAGE)


def install(where: Places, interpreter: str) -> tuple[Path, ...]:
    """Write the add-in and its configuration; what is there already and equal is left alone. Return what was written.

    Raises
    ------
    Refusal
        When Excel holds the file open, so that it cannot be replaced.
    """
    from addin.packaging.xlam.build import xlam_bytes

    wanted = {
        where.addin: xlam_bytes(),
        where.configuration: configuration(read_configuration(where.configuration), interpreter),
    }
    written = []
    for path, content in wanted.items():
        if path.is_file() and path.read_bytes() == content:
            continue
        try:
            write_all(path.parent, {path.name: content})
        except PermissionError as error:
            raise Refusal(
                "unreadable",
                f"{path} を書き換えられません。Excelをすべて閉じてから、もう一度実行してください",
                f"{path} cannot be replaced; close every Excel window and try again",
            ) from error
        written.append(path)
    return tuple(written)


def uninstall(where: Places) -> tuple[Path, ...]:
    """Remove the add-in, and the interpreter from the configuration; return what was removed or changed.

    Other entries of the configuration are the user's own and stay.
    """
    changed = []
    if where.addin.is_file():
        where.addin.unlink()
        changed.append(where.addin)
    entries = read_configuration(where.configuration)
    if INTERPRETER in entries:
        rest = {key: value for key, value in entries.items() if key != INTERPRETER}
        if rest:
            write_all(where.configuration.parent, {where.configuration.name: _encode_configuration(rest)})
        else:
            where.configuration.unlink()
        changed.append(where.configuration)
    return tuple(changed)
