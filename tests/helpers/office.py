"""One real LibreOffice Calc for a whole test session: open workbooks, recalculate, read cells.

Use the session fixture `office` of `conftest.py` (mark the test with `@pytest.mark.calc`)::

    @pytest.mark.calc
    def test_sample(office):
        with office.open(path_of_the_xlsx) as book:      # opens a copy, recalculates everything
            rows = book.values("集計", "A1:H40")           # list of rows: float, str, "" for an empty cell
            one = book.value("集計", "B2")                # one cell
            book.put("設定", "B3", 12.5)                  # write a value (or "=..." as a formula), then
            book.recalculate()
            book.values("集計")                          # the whole used area of the sheet
            book.errors()                                # {"集計.B7": "#NAME?"} of every formula cell in error
            book.pdf(tmp_path / "look.pdf")              # what it looks like

The `office` fixture starts LibreOffice with our own add-in, so `PORTFOLIO_…` formulas are answered by the real
engine. Dates and percentages are numbers here (a date is its serial: 46000.0); a cell in error reads as its text,
such as `#VALUE!`.

How it works: the tests' interpreter has no `uno`, so `office_driver.py` is run by the system's python3 (with
python3-uno) as a driver, and both talk in JSON lines over pipes. LibreOffice gets a profile and a pipe of its
own, loads the add-in from its BUNDLED_EXTENSIONS folder, so nothing is installed on the machine, and draws in the
typeface that the project carries, whatever the machine has. Every request has
a time-out after which the whole process group is killed; closing happens in `finally`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]

import fontconfig  # noqa: E402 - found on the path that is set above

DRIVER = Path(__file__).with_name("office_driver.py")
RESTART_WANTED = 81  # LibreOffice's exit code when a fresh profile has just been filled: start it again
SYSTEM_PYTHON = os.environ.get("PORTFOLIO_UNO_PYTHON", "/usr/bin/python3")
PROGRAMS = ("/usr/lib/libreoffice/program/soffice.bin", "/opt/libreoffice/program/soffice.bin")


class OfficeError(RuntimeError):
    """LibreOffice could not do what the test asked for."""


def program() -> str | None:
    """Return the path of LibreOffice's own binary (the wrapper script would hide its process), or None."""
    beside = [str(Path(found).resolve().parent / "soffice.bin") for found in (shutil.which("soffice"),) if found]
    return next((path for path in (*PROGRAMS, *beside) if Path(path).exists()), None)


def missing() -> str | None:
    """Return what this machine lacks for the Calc tier, in one line, or None when it can run."""
    if program() is None:
        return "LibreOffice Calc is not installed (apt: libreoffice-calc 25.2 or newer, python3-uno)"
    if not Path(SYSTEM_PYTHON).exists():
        return f"no {SYSTEM_PYTHON} to drive LibreOffice with (set PORTFOLIO_UNO_PYTHON)"
    probe = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False, env=_clean_environment()
    )
    return None if probe.returncode == 0 else f"{SYSTEM_PYTHON} cannot import uno (apt: python3-uno)"


def _clean_environment() -> dict[str, str]:
    """Return the environment without what the virtual environment of the tests would leak into LibreOffice."""
    return {
        key: value for key, value in os.environ.items() if not key.startswith("PYTHON") and key != "LD_LIBRARY_PATH"
    }


class Office:
    """A headless LibreOffice with its driver; a context manager.

    Parameters
    ----------
    extensions
        Folders of unpacked extensions (an `.oxt` unzipped) that LibreOffice shall load.
    environment
        Variables to add, such as the one that names the engine's interpreter.
    arguments
        Further arguments of LibreOffice; a `-env:UserInstallation=` among them takes the place of our own profile.
    timeout
        Seconds after which one request counts as hung; LibreOffice is then killed.
    windows
        Whether questions open windows (drawn into memory): a headless LibreOffice answers each by Cancel.
    """

    def __init__(
        self,
        extensions: tuple[Path, ...] = (),
        environment: dict[str, str] | None = None,
        arguments: tuple[str, ...] = (),
        timeout: float = 120.0,
        *,
        windows: bool = False,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pf-office-"))
        self.timeout = timeout
        self._arguments = arguments if windows else ("--headless", *arguments)
        self._environment = (
            _clean_environment()
            | {"SAL_USE_VCLPLUGIN": "svp", "LC_ALL": "C.UTF-8"}
            | fontconfig.carried(self.folder / "fontconfig")
            | (environment or {})
        )
        self._pipe = f"pf{uuid.uuid4().hex[:12]}"
        self._office: subprocess.Popen[bytes] | None = None
        self._driver: subprocess.Popen[bytes] | None = None
        self._received = b""
        bundled = self.folder / "extensions"
        bundled.mkdir()
        for each in extensions:
            shutil.copytree(each, bundled / each.name)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        """Start LibreOffice (twice, when the fresh profile asks for it) and the driver that connects to it."""
        self._launch()
        self._driver = subprocess.Popen(
            [SYSTEM_PYTHON, str(DRIVER), self._pipe],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
        )
        deadline = time.monotonic() + self.timeout
        while not self.ask("connect"):
            assert self._office is not None
            code = self._office.poll()
            if code == RESTART_WANTED:
                self._launch()
            elif code is not None:
                raise OfficeError(f"LibreOffice ended at once with exit code {code}")
            if time.monotonic() > deadline:
                raise OfficeError("LibreOffice did not open its pipe in time")
            time.sleep(0.1)

    def _launch(self) -> None:
        command = [
            str(program()),
            f"-env:UserInstallation={(self.folder / 'profile').as_uri()}",
            f"-env:BUNDLED_EXTENSIONS={(self.folder / 'extensions').as_uri()}",
            "--norestore", "--nologo", "--nodefault", "--nofirststartwizard",
            f"--accept=pipe,name={self._pipe};urp;",
            *self._arguments,
        ]  # fmt: skip
        with (self.folder / "office.log").open("ab") as log:
            self._office = subprocess.Popen(
                command, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )

    def ask(self, verb: str, *arguments: object, timeout: float | None = None) -> Any:
        """Send one request to the driver and return its answer; kill everything when the time is over."""
        assert self._driver is not None
        assert self._driver.stdin is not None
        try:
            self._driver.stdin.write(json.dumps([verb, *arguments]).encode() + b"\n")
            self._driver.stdin.flush()
        except BrokenPipeError as error:
            raise OfficeError(f"the driver is gone (asked for {verb})") from error
        done, answer = json.loads(self._line(verb, timeout or self.timeout))
        if not done:
            raise OfficeError(f"{verb}: {answer}")
        return answer

    def _line(self, verb: str, seconds: float) -> bytes:
        assert self._driver is not None
        assert self._driver.stdout is not None
        descriptor, deadline = self._driver.stdout.fileno(), time.monotonic() + seconds
        parts = [self._received]
        while b"\n" not in parts[-1]:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.close()
                raise OfficeError(f"no answer to {verb} within {seconds:g} s; LibreOffice was killed")
            chunk = os.read(descriptor, 1 << 20)
            if not chunk:
                raise OfficeError(f"the driver ended while answering {verb} (see {self.folder / 'office.log'})")
            parts.append(chunk)
        line, self._received = b"".join(parts).split(b"\n", 1)
        return line

    def functions(self, beginning: str) -> dict[str, dict[str, Any]]:
        """Return what the function wizard knows of the functions with this beginning: description and arguments."""
        return dict(self.ask("functions", beginning))

    def interface(self, name: str) -> list[list[Any]]:
        """Return the methods of an interface as LibreOffice knows it: `[name, result, [[parameter, type], …]]`."""
        return list(self.ask("interface", name))

    def settings(self, path: str, language: str) -> dict[str, Any]:
        """Return a part of LibreOffice's configuration as nested mappings, its texts in that language."""
        return dict(self.ask("settings", path, language))

    def open(self, path: Path, *, recalculate: bool = True) -> Book:
        """Open a copy of the workbook at `path` (the original is never touched) and recalculate every formula."""
        copy = self.folder / "books" / uuid.uuid4().hex[:8] / Path(path).name
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
        book = Book(self, self.ask("open", copy.as_uri()))
        if recalculate:
            book.recalculate()
        return book

    def close(self) -> None:
        """End the driver and LibreOffice and remove their files; safe to call twice."""
        for process in (self._driver, self._office):
            if process is not None:
                _end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its whole group: the add-in's worker belongs to LibreOffice's group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


class Book:
    """An open workbook; a context manager that closes it without saving."""

    def __init__(self, office: Office, key: int) -> None:
        self._office = office
        self._key = key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, verb: str, *arguments: object, timeout: float | None = None) -> Any:
        return self._office.ask(verb, self._key, *arguments, timeout=timeout)

    def sheets(self) -> list[str]:
        """Return the names of the sheets, in their order."""
        return list(self._ask("sheets"))

    def recalculate(self, timeout: float | None = None) -> None:
        """Recalculate every formula of the workbook, changed or not."""
        self._ask("recalculate", timeout=timeout)

    def values(self, sheet: str, address: str | None = None) -> list[list[float | str]]:
        """Return the values of `address` (such as `A1:H20`; default: the used area) as rows."""
        return list(self._ask("values", sheet, address))

    def value(self, sheet: str, address: str) -> float | str:
        """Return the value of one cell."""
        return self.values(sheet, address)[0][0]

    def formulas(self, sheet: str, address: str | None = None) -> list[list[str]]:
        """Return what was typed into the cells, formulas as Calc writes them."""
        return list(self._ask("formulas", sheet, address))

    def errors(self) -> dict[str, str]:
        """Return every formula cell that is in error: `{"集計.B7": "#NAME?"}`."""
        return dict(self._ask("errors"))

    def put(self, sheet: str, address: str, content: float | str) -> None:
        """Write a value, or a formula when the text begins with `=`, into one cell."""
        self._ask("put", sheet, address, content)

    def array(self, sheet: str, address: str, formula: str) -> None:
        """Write one array formula over the whole of `address`."""
        self._ask("array", sheet, address, formula)

    def press(self, command: str) -> bool:
        """Press the button with this command as a menu would; return whether it is there and enabled."""
        return bool(self._ask("press", command, timeout=330))

    def click(self, command: str, clicks: list[list[str]]) -> list[list[str]]:
        """Press a button and use its windows (an `Office` with `windows`); return the names of what was in each.

        Each click is `[name]`, or `[name, field, text]` where something is typed into a field before.
        """
        return list(self._ask("click", command, clicks, timeout=330))

    def run(self, code: str) -> Any:
        """Run lines of Python on the document (`book`) beside LibreOffice; what they call `answer` is returned."""
        return self._ask("run", code)

    def pdf(self, path: Path) -> Path:
        """Save what the workbook looks like when printed, and return `path` (`pdftoppm` makes pictures of it)."""
        self._ask("pdf", Path(path).resolve().as_uri())
        return path

    def save_as(self, path: Path) -> Path:
        """Save the workbook as Calc would write it (.xlsx, .ods by suffix), and return `path`."""
        self._ask("save", Path(path).resolve().as_uri())
        return path

    def close(self) -> None:
        """Close the workbook without saving."""
        self._ask("close")
