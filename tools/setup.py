"""Set the project up: `python3 tools/setup.py [demo | check | test | packages]`. Plain standard library, safe to run again.

`demo` (the default) makes .venv, installs what a user needs and this project into it, and sees to the libraries that
the report needs; `check` adds the developers' tools; `test` adds those and the programs that the tests start;
`packages` sees to all the system packages and to nothing else, for an administrator who does it on behalf of a user.
What is done already is skipped: a stamp in .venv holds the hash of what it was done from.

Decision 0060: why pip with a hashed lock.
Decision 0260: why there are two locks.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this by hand may well have an older one
    sys.exit("エラー: Python 3.11 以上が必要です / Error: Python 3.11 or newer is needed")

import hashlib
import io
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import wine
from system import Stop, ensure_browser, ensure_calc, ensure_packages, ensure_wine, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAGES = ("demo", "check", "test", "packages")
RUNTIME_LOCK = ROOT / "requirements-runtime.lock"
DEVELOPERS_LOCK = ROOT / "requirements.lock"  # holds all of the runtime lock, with the same versions and hashes


def main(arguments: list[str]) -> int:
    """Carry out the stage named on the command line; return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal whose encoding lacks a character shows ? and goes on
    stage = arguments[0] if arguments else "demo"
    if stage not in STAGES or len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        for_tests = stage in {"test", "packages"}
        ensure_packages(for_tests=for_tests)
        if for_tests:
            _optional(ensure_calc)
            _optional(ensure_browser)
            _optional(ensure_wine)
        if stage != "packages":
            _environment(for_developers=stage != "demo")
        if stage == "test" and shutil.which("wine"):
            _optional(lambda: wine.prepare(PYTHON))
    except Stop as stop:
        print(f"エラー: {stop.ja}\nError: {stop.en}", file=sys.stderr)
        return 1
    return 0


def _optional(see_to_it: Callable[[], None]) -> None:
    """See to a real host; without it one tier of the tests cannot run, which stops nobody unless told to."""
    try:
        see_to_it()
    except Stop as stop:
        if os.environ.get("PORTFOLIO_REQUIRE_ALL_TIERS") == "1":
            raise
        print(f"注意: {stop.ja}\nNote: {stop.en}", file=sys.stderr)


def _environment(*, for_developers: bool) -> None:
    """Make .venv and bring it to the state of a lock and of pyproject.toml."""
    if not _usable():
        say("仮想環境 .venv を作ります", "creating the virtual environment .venv")
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    lock = DEVELOPERS_LOCK if for_developers else RUNTIME_LOCK
    _once(
        "dependencies",
        (lock, DEVELOPERS_LOCK),
        ("依存ライブラリを入れます(1~3分)", "installing the locked dependencies (1 to 3 minutes)"),
        ["--require-hashes", "--no-deps", "-r", str(lock)],
    )
    _once(
        "project",
        (ROOT / "pyproject.toml",),
        ("このプロジェクトを .venv に登録します", "installing this project into .venv"),
        ["--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    )


def _usable() -> bool:
    """Tell whether .venv has a working Python of a version that will do, with pip."""
    question = "import importlib.util as u, sys; sys.exit(sys.version_info < (3, 11) or u.find_spec('pip') is None)"
    try:
        return subprocess.run([str(PYTHON), "-c", question], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _once(name: str, sources: Sequence[Path], words: tuple[str, str], arguments: list[str]) -> None:
    """Let pip do it unless the stamp says that it was done from one of these very files, in this very place.

    The first file is the one that it is done from; after any other of them there is nothing left to do.
    """
    stamp = VENV / f"done-{name}"
    hashes = [hashlib.sha256(source.read_bytes() + str(VENV).encode()).hexdigest() for source in sources]
    if stamp.exists() and stamp.read_text(encoding="ascii") in hashes:
        return
    say(*words)
    stamp.unlink(missing_ok=True)
    _run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input", *arguments])
    stamp.write_text(hashes[0], encoding="ascii")


def _run(command: list[str]) -> None:
    """Run a command that must succeed; its own words stay on the terminal."""
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}  # .venv is ours, whoever owns it
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL, env=environment).returncode:
        told = subprocess.list2cmdline(command)
        raise Stop(f"失敗しました(上記の出力をご覧ください): {told}", f"failed (see the words above): {told}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
