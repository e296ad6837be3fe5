"""A LibreOffice whose buttons are pressed without anybody at the screen: questions are answered from a list.

The extension is the built one but for two files of the tests: `office_dialogs.py` lies over the windows, and
`office_worker.py` runs the engine, so that a press may also run lines of a test on the real `CalcBook`::

    with Scripted(folder) as scripted, scripted.office.open(path) as book:
        told = scripted.press(book, "refresh")                       # [["message", "更新しました: …"]]
        rows = scripted.do(book, "answer = book.read('顧客').rows")   # runs where the button would
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from addin.packaging.oxt import build
from addin.packaging.oxt.menu import PROTOCOL
from helpers.office import Office

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.office import Book

HELPERS = Path(__file__).parent


class Scripted:
    """A LibreOffice with our extension, whose questions are answered from a script; a context manager.

    Parameters
    ----------
    folder
        An empty folder for the extension, the script, the store of runs and the log of incidents.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "incidents.log"
        self.home = folder / "home"
        self.home.mkdir()
        self._script = folder / "script.json"
        extension = build.unpack(folder / "customer-portfolio")
        shutil.copy(HELPERS / "office_dialogs.py", extension / "pythonpath" / "portfolio_dialogs.py")
        python = folder / "python"
        python.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{HELPERS / 'office_worker.py'}'\n", encoding="utf-8")
        python.chmod(0o755)
        environment = {
            "PORTFOLIO_PYTHON": str(python),
            "PORTFOLIO_SCRIPT": str(self._script),
            "PORTFOLIO_RUNS": str(folder / "runs"),
            "PORTFOLIO_LOG": str(self.log),
            "HOME": str(self.home),  # a button that makes the sample puts it among the user's documents
        }
        self.office = Office((extension,), environment, timeout=240)

    def __enter__(self) -> Self:
        self.office.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.office.close()

    def press(self, book: Book, button: str, answers: Sequence[object] = ()) -> list[list[Any]]:
        """Press a button; return what was asked and told, as [kind, text]. Every answer must have been wanted."""
        left, told, _ = self._pressed(book, button, answers, None)
        assert left == []
        return told

    def do(self, book: Book, code: str, answers: Sequence[object] = ()) -> Any:
        """Run lines on the `book` of a button; return what they call `answer`. What goes wrong is raised here, too."""
        _, told, answer = self._pressed(book, "refresh", answers, code)
        trouble = [text for kind, text in told if kind == "trouble"]
        if trouble:
            raise AssertionError(trouble, self.log.read_text(encoding="utf-8") if self.log.exists() else "")
        return answer

    def _pressed(
        self, book: Book, button: str, answers: Sequence[object], code: str | None
    ) -> tuple[list[object], list[list[Any]], Any]:
        script = {"answers": list(answers), "told": [], "code": code, "answer": None}
        self._script.write_text(json.dumps(script), encoding="utf-8")
        assert book.press(f"{PROTOCOL}{button}"), f"{button} is not there, or not enabled"
        script = json.loads(self._script.read_text(encoding="utf-8"))
        return script["answers"], script["told"], script["answer"]
