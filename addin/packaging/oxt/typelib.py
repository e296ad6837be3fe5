"""The extension's type library: its source from the register, compiled by `unoidl-write` of the LibreOffice SDK.

The compiled library is kept in the source tree beside the text that it was made from, so that building the extension
needs no SDK. After a change to a function's name or arguments run `python -m addin.packaging.oxt.typelib` (needs Debian's
`libreoffice-dev`).
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Final

import click

from addin.functions import registry
from addin.packaging.oxt import generate
from engine.language.errors import Refusal

HERE: Final = Path(__file__).parent
IDL: Final = HERE / "functions.idl"
LIBRARY: Final = HERE / "functions.rdb"
_OFFICES: Final = (Path("/usr/lib/libreoffice"), Path("/opt/libreoffice"))


def is_current() -> bool:
    """Return whether the kept source text is what the register gives today."""
    return IDL.read_text(encoding="utf-8") == generate.idl(registry.functions())


def has_sdk() -> bool:
    """Return whether LibreOffice's SDK is installed, so that the library can be compiled."""
    return any((office / "sdk" / "bin" / "unoidl-write").exists() for office in _OFFICES)


def _find_office_tool(name: str) -> tuple[str, list[str]]:
    """Return the path of an SDK tool and the type libraries of LibreOffice itself."""
    for office in _OFFICES:
        tool = office / "sdk" / "bin" / name
        if tool.exists():
            program = office / "program"
            return str(tool), [str(program / "types.rdb"), str(program / "types" / "offapi.rdb")]
    raise Refusal(
        "unreadable",
        f"LibreOffice SDK の {name} が見つかりません(apt: libreoffice-dev)",
        f"{name} of the LibreOffice SDK is not installed (apt: libreoffice-dev)",
    )


def compiled(idl: str) -> bytes:
    """Return the type library of an interface text.

    Raises
    ------
    Refusal
        When the SDK is missing.
    subprocess.CalledProcessError
        When the text is no valid interface.
    """
    tool, libraries = _find_office_tool("unoidl-write")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "functions.idl", Path(folder) / "functions.rdb"
        source.write_text(idl, encoding="utf-8")
        subprocess.run([tool, *libraries, str(source), str(target)], check=True, capture_output=True)  # noqa: S603 - our own arguments
        return target.read_bytes()


def readable(library: Path) -> str:
    """Return a type library as `unoidl-read` writes it, to compare two of them."""
    tool, libraries = _find_office_tool("unoidl-read")
    done = subprocess.run([tool, *libraries, str(library)], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def refresh() -> bool:
    """Write the source text and the compiled library anew; return whether anything changed."""
    text = generate.idl(registry.functions())
    library = compiled(text)
    changed = (
        not IDL.exists()
        or not LIBRARY.exists()
        or IDL.read_text(encoding="utf-8") != text
        or LIBRARY.read_bytes() != library
    )
    if changed:
        IDL.write_text(text, encoding="utf-8")
        LIBRARY.write_bytes(library)
    return changed


@click.command()
def main() -> None:
    """Compile the type library of the Calc add-in anew from the register of functions."""
    click.echo(f"{LIBRARY.name}: {'refreshed' if refresh() else 'current'}")


if __name__ == "__main__":
    main()
