"""Builds the extension for LibreOffice Calc (.oxt), byte for byte the same every time."""

from __future__ import annotations

import io
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from addin.functions import registry
from addin.packaging.oxt import generate, menu, typelib
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.registry import WorksheetFunction

FILE_NAME: Final = "customer-portfolio.oxt"

BRIDGE: Final = Path(__file__).parent / "bridge"
# The oldest time a zip can hold: the archive must not depend on when it was made.
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE: Final = 0o644 << 16


def contents(functions: Sequence[WorksheetFunction] | None = None, library: bytes | None = None) -> dict[str, bytes]:
    """Return the extension's files by their path inside it.

    Parameters
    ----------
    functions
        The worksheet functions; the whole register when None.
    library
        Their compiled type library; the kept one when None, which must fit the register.

    Raises
    ------
    Refusal
        When the kept type library is older than the register.
    """
    chosen = registry.functions() if functions is None else functions
    if library is None:
        if not typelib.is_current():
            raise Refusal(
                "unreadable",
                "型ライブラリが関数の登録より古いままです(python -m addin.packaging.oxt.typelib を実行してください)",
                "the type library is older than the register of functions (run python -m addin.packaging.oxt.typelib)",
            )
        library = typelib.LIBRARY.read_bytes()
    texts = {
        "META-INF/manifest.xml": generate.manifest(),
        "description.xml": generate.description(version("customer-portfolio")),
        "CalcAddIns.xcu": generate.configuration(chosen),
        "portfolio.components": generate.components(),
        "functions.json": generate.function_list(chosen),
        "Addons.xcu": menu.addons(),
        "ProtocolHandler.xcu": menu.handler(),
        "CalcWindowState.xcu": menu.window_state(),
        "buttons.json": menu.button_list(),
    }
    files = {path: text.encode("utf-8") for path, text in texts.items()}
    files["functions.rdb"] = library
    for source in sorted(BRIDGE.rglob("*.py")):
        # The same bytes from a checkout on Windows, where git may have written CR LF.
        files[source.relative_to(BRIDGE).as_posix()] = source.read_bytes().replace(b"\r\n", b"\n")
    return files


def oxt_bytes() -> bytes:
    """Return the extension as a file's bytes, which depend on nothing but the source tree."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(contents().items()):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3
            entry.external_attr = _PLAIN_FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return held.getvalue()


def build(path: Path) -> Path:
    """Write the extension to `path` and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(oxt_bytes())
    return path


def unpack(folder: Path, functions: Sequence[WorksheetFunction] | None = None, library: bytes | None = None) -> Path:
    """Write the extension's files into `folder` and return it: LibreOffice loads such a folder without installing it.

    `functions` and `library` are those of `contents`.
    """
    for name, data in contents(functions, library).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder
