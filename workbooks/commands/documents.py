"""The template and the sample in the user's documents: put there once, and never touched again, because they are theirs.

Decision 0195: why an installed workbook is never replaced.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.commands.console import write_all

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = "顧客ポートフォリオ"
_PERSONAL: Final = 5  # CSIDL_PERSONAL: the documents, wherever Windows or OneDrive has moved them


def documents(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the user's documents."""
    if environment is None and sys.platform == "win32":
        import ctypes

        buffer = ctypes.create_unicode_buffer(260)
        if ctypes.windll.shell32.SHGetFolderPathW(None, _PERSONAL, None, 0, buffer) == 0:
            return Path(buffer.value)
    known = os.environ if environment is None else environment
    if known.get("USERPROFILE"):
        return Path(known["USERPROFILE"], "Documents")
    return Path(known.get("XDG_DOCUMENTS_DIR") or Path.home() / "Documents")


def put_workbooks(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Put the template and the sample into `folder`; return what was written, and what was there already and stays.

    A workbook that is there is the user's, with their data or their changes: it is neither replaced nor removed.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    from workbooks.build import KINDS, workbook_bytes

    kept = tuple(folder / name for name, _ in KINDS.values() if (folder / name).exists())
    made = {name: workbook_bytes(kind) for kind, (name, _) in KINDS.items() if folder / name not in kept}
    return (tuple(write_all(folder, made)) if made else ()), kept
