"""The engine's worker process, as the component sees it: one line of JSON out, one line back.

A button is the exception: between its request and its last line the worker asks for steps on the workbook, one line
each, and is told the outcome of each (see `Engine.press`). A step may make Calc calculate cells, whose functions are then
asked of the same worker, which answers them while it waits: everything is nested, nothing overlaps.

Standard library only, and nothing newer than Python 3.8: it runs in whichever Python LibreOffice brings along. The engine
needs NumPy and pandas, which that Python does not have, so it works in a process of its own.

Which interpreter holds the engine is told by the environment variable PORTFOLIO_PYTHON, else by the entry "python" of
the settings file that the installation writes (see `settings_file`). The language of texts in cells: PORTFOLIO_LANG,
else the entry "language", else Japanese.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from typing import Any, Callable

RUN = "PORTFOLIO_RUN"
ERROR = "#PF "
KEPT_RUNS = 8  # the latest tables, sent again to a worker that had to be started anew
PAUSE = 5.0  # seconds before another start is tried after one that failed: ten thousand cells must not start it each
LONGEST_ANSWER = 300.0  # seconds after which a worker counts as hung

NOT_FOUND = {
    "ja": "#PF 内部: 計算エンジンのPythonが未設定です(アドインを入れ直すか、PORTFOLIO_PYTHON を設定してください)",
    "en": "#PF Internal: the engine's Python is not configured (install the add-in again or set PORTFOLIO_PYTHON)",
}
NO_START = {
    "ja": "#PF 内部: 計算エンジンを起動できません({})",
    "en": "#PF Internal: the engine cannot be started ({})",
}
DIED = {
    "ja": "#PF 内部: 計算エンジンが応答せずに終了しました(再計算してください)",
    "en": "#PF Internal: the engine ended without an answer (recalculate, please)",
}
BUSY = {
    "ja": "#PF 内部: ボタンの処理中です(終わってから再計算してください)",
    "en": "#PF Internal: a button is at work (recalculate when it has finished)",
}
# Calc does not call a function when a cell of its range is in error; it shows Err:504 there, which says too little.
RUN_IN_ERROR = {
    "ja": "#PF 引数: PF_RUN がエラーです(入力の表にエラー値のセルがあれば直してください)",
    "en": "#PF Argument: PF_RUN is in error (if a cell of the input tables is in error, mend it)",
}

_shared: list[Engine] = []


def settings_file() -> str:
    """Return the path of the settings file: {"python": "/path/of/python", "language": "ja"}."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or os.path.join(os.path.expanduser("~"), "AppData", "Roaming")
    elif sys.platform == "darwin":
        base = os.path.join(os.path.expanduser("~"), "Library", "Application Support")
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "customer-portfolio", "calc.json")


def read_settings() -> dict[str, Any]:
    """Return the settings; empty when there is no readable file."""
    try:
        with open(settings_file(), encoding="utf-8") as opened:
            found = json.load(opened)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Engine:
    """A worker process that is started when needed and started again when it died.

    Parameters
    ----------
    command
        The interpreter and its arguments; None when no interpreter is known.
    language
        "ja" or "en".
    patience
        Seconds after which an answer counts as lost and the worker is killed.
    """

    def __init__(self, command: list[str] | None, language: str = "ja", patience: float = LONGEST_ANSWER) -> None:
        self.command = command
        self.language = language if language in ("ja", "en") else "ja"
        self.patience = patience
        self._lock = threading.RLock()  # a step of a button may make cells ask, in the same thread
        self._presser: int | None = None  # the thread in which a button is at work
        self._process: subprocess.Popen[bytes] | None = None
        self._runs: OrderedDict[str, bytes] = OrderedDict()  # handle -> the request that made it
        self._failed_at: float | None = None
        self._failure = ""
        self._busy_since: float | None = None
        self._proven = False  # whether the running worker has answered yet
        self._replaying = False

    @classmethod
    def from_settings(cls) -> Engine:
        """Return the engine that the environment or the settings file names."""
        settings = read_settings()
        python = os.environ.get("PORTFOLIO_PYTHON") or settings.get("python")
        language = os.environ.get("PORTFOLIO_LANG") or settings.get("language", "ja")
        # -P: a file called engine.py beside the user's workbook must never be taken for ours.
        return cls([python, "-P", "-m", "addin.calc.worker"] if python else None, language)

    def warm_up(self) -> None:
        """Start the worker without waiting for it, so that it loads while the document does."""
        with self._lock:
            self._start()

    def ask(self, name: str, args: Any, run: Any = None, date1904: bool = False) -> Any:
        """Return a function's answer: a scalar, or a list of rows. Whatever goes wrong comes back as a text, too."""
        line = json.dumps([name, args, run, self.language, date1904], default=str).encode("ascii") + b"\n"
        if self._presser is not None and self._presser != threading.get_ident():
            return BUSY[self.language]  # to wait would be for ever: the button's next step waits for this thread
        with self._lock:
            reply = self._exchange(line)
            if reply is None:  # it died since, or over this request: once more with a fresh one
                reply = self._exchange(line)
            if reply is None:
                return self._apology()
            # Calc knows no integers: 64-bit ones would be lost on the way into a cell.
            answer = json.loads(reply, parse_int=float)
            if name == RUN and isinstance(answer, str) and not answer.startswith(ERROR):
                self._runs[answer] = line
                self._runs.move_to_end(answer)
                while len(self._runs) > KEPT_RUNS:
                    self._runs.popitem(last=False)
            return answer

    def press(self, button: str, step: Callable[[str, list[Any]], dict[str, Any]]) -> str | None:
        """Let the worker do what a button says; return None when it came to its end, else what to tell the user.

        Parameters
        ----------
        button
            The button's key.
        step
            Does one verb on the workbook and returns the line to send back; it must not raise. A button that is pressed
            while another is at work (in one of its questions) is passed over.
        """
        if self._presser is not None:
            return None
        line = json.dumps({"press": button, "language": self.language}).encode("ascii") + b"\n"
        with self._lock:
            self._presser = threading.get_ident()
            try:
                if not self._start():
                    return self._apology()
                process = self._process
                while True:
                    reply = self._exchange(line) if process is self._process else None
                    if reply is None:  # never a second time: half of the button's work may have been done
                        return self._apology()
                    asked = json.loads(reply)
                    if "book" not in asked:
                        return None
                    line = json.dumps(step(asked["book"], asked["args"])).encode("ascii") + b"\n"
            finally:
                self._presser = None

    def run_in_error(self) -> str:
        """Return what a cell says whose workbook's PF_RUN is in error."""
        return RUN_IN_ERROR[self.language]

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _exchange(self, line: bytes) -> bytes | None:
        """Send one request and return the reply's bytes, or None when there is no worker to give one."""
        if not self._start():
            return None
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        self._busy_since = time.monotonic()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            reply = process.stdout.readline()
        except OSError:
            reply = b""
        finally:
            self._busy_since = None
        if reply.endswith(b"\n"):
            self._proven = True
            return reply
        if not self._proven:  # not a crash on the way, but a worker that cannot even begin
            self._failed_at = time.monotonic()
            self._failure = " ".join(self.command or ())
        self._end()
        return None

    def _start(self) -> bool:
        """Make sure that a worker runs; return whether one does."""
        if self._process is not None and self._process.poll() is None:
            return True
        if self.command is None or (self._failed_at is not None and time.monotonic() - self._failed_at < PAUSE):
            return False
        again = bool(self._runs)
        self._end()
        try:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=clean_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._failed_at = time.monotonic()
            self._failure = f"{self.command[0]}: {error.strerror}"
            return False
        self._failed_at = None
        self._proven = False
        threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
        if again:
            self._replay()
        return True

    def _replay(self) -> None:
        """Let a fresh worker make the latest runs again: their handles stand in cells that will ask for them."""
        if self._replaying:
            return
        self._replaying = True
        for line in list(self._runs.values()):
            if self._process is not None:
                self._exchange(line)
        self._replaying = False

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a worker that does not answer: Calc waits for it, and a frozen window helps nobody."""
        while process.poll() is None:
            since = self._busy_since
            if since is not None and time.monotonic() - since > self.patience:
                process.kill()
                return
            time.sleep(min(1.0, self.patience / 4))

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        with contextlib.suppress(OSError):  # what was still to be written has no reader any more
            process.stdin.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _apology(self) -> str:
        if self.command is None:
            return NOT_FOUND[self.language]
        if self._failed_at is not None and self._failure:
            return NO_START[self.language].format(self._failure)
        return DIED[self.language]


def shared() -> Engine:
    """Return the one engine of this LibreOffice: what a button has scored, a cell must find."""
    if not _shared:
        _shared.append(Engine.from_settings())
    return _shared[0]


def clean_environment() -> dict[str, str]:
    """Return the environment without what LibreOffice sets for its own Python and libraries."""
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PYTHON") and key not in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    }
