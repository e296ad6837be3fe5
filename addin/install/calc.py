r"""Installs the Calc add-in for the current user, and tells it which Python holds the engine.

The extension runs inside LibreOffice's own Python and starts the engine in this project's. It finds that interpreter,
in this order, in the environment variable `PORTFOLIO_PYTHON`, then in the settings file that is written here
(`~/.config/customer-portfolio/calc.json` on Linux, `%APPDATA%\\customer-portfolio\\calc.json` on Windows).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from addin.packaging.oxt.bridge.pythonpath import portfolio_bridge
from addin.packaging.oxt.build import build
from addin.packaging.oxt.generate import IDENTIFIER
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.language.errors import Lang

_PROGRAMS: Final = (
    "/usr/lib/libreoffice/program/unopkg",
    "/opt/libreoffice/program/unopkg",
    "/Applications/LibreOffice.app/Contents/MacOS/unopkg",
    r"C:\Program Files\LibreOffice\program\unopkg.com",
)


def write_settings(python: Path, lang: Lang = "ja") -> Path:
    """Write the settings file that the extension reads, and return its path.

    Parameters
    ----------
    python
        The interpreter that holds the engine: the one of this project's virtual environment.
    lang
        Language of the texts in cells.
    """
    path = Path(portfolio_bridge.settings_file())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"python": str(python), "language": lang}, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def unopkg() -> str:
    """Return the path of LibreOffice's tool for extensions.

    Raises
    ------
    Refusal
        When LibreOffice is not installed.
    """
    found = shutil.which("unopkg") or next((path for path in _PROGRAMS if Path(path).exists()), None)
    if found is None:
        raise Refusal(
            "unreadable",
            "LibreOffice が見つかりません(25.2以降を入れ、unopkg に PATH を通してください)",
            "LibreOffice was not found (install 25.2 or newer, with unopkg on the PATH)",
        )
    return found


def install(lang: Lang = "ja", options: Sequence[str] = ()) -> Path:
    """Build the extension, add it to LibreOffice and write the settings file; return the settings file's path.

    Parameters
    ----------
    lang
        Language of the texts in cells.
    options
        Further options of `unopkg`, such as another profile. LibreOffice must not be running with that profile.

    Raises
    ------
    Refusal
        When LibreOffice is missing or does not take the extension; the message says what it said.

    Notes
    -----
    `unopkg` refuses to install for root alone: as root the extension is installed for every user of the machine.
    """
    with tempfile.TemporaryDirectory() as folder:
        extension = build(Path(folder) / "customer-portfolio.oxt")
        _run_unopkg("add", "--force", "--suppress-license", *options, str(extension))
    return write_settings(Path(sys.executable), lang)


def uninstall(options: Sequence[str] = ()) -> None:
    """Take the extension out of LibreOffice and remove its settings file; nothing happens where neither is there.

    Raises
    ------
    Refusal
        As `install`.
    """
    if IDENTIFIER in _run_unopkg("list", *options):
        _run_unopkg("remove", *options, IDENTIFIER)
    Path(portfolio_bridge.settings_file()).unlink(missing_ok=True)


def _run_unopkg(verb: str, *arguments: str) -> str:
    """Run LibreOffice's tool for extensions and return what it prints; refuse with what it said when it fails."""
    shared = ["--shared"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # LibreOffice's tools run its own Python: nothing of ours may leak into it.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [unopkg(), verb, *shared, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - ours
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise Refusal(
            "unreadable",
            f"LibreOffice が拡張機能を扱えませんでした(LibreOffice を閉じてから再実行してください): {said}",
            f"LibreOffice could not handle the extension (close LibreOffice and try again): {said}",
        )
    return done.stdout
