"""The worker behind a scripted LibreOffice (`office_scripted.py`): the real one, but a press may run a test's own lines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from addin.calc import worker
from addin.ribbon import dispatch

if TYPE_CHECKING:
    from addin.ribbon.action import Action
    from addin.shared.book import Book
    from engine.language.errors import Lang

_action = dispatch.action


def action(button: str) -> Action:
    """Return what the button does, or the lines of the script in its place."""
    path = Path(os.environ["PORTFOLIO_SCRIPT"])
    code = json.loads(path.read_text(encoding="utf-8"))["code"]
    if code is None:
        return _action(button)

    def lines(book: Book, lang: Lang) -> None:
        held: dict[str, object] = {"book": book, "lang": lang}
        exec(code, held)  # noqa: S102 - the tests' own lines, in the tests' own process
        script = json.loads(path.read_text(encoding="utf-8"))
        script["answer"] = held.get("answer")
        path.write_text(json.dumps(script, default=str), encoding="utf-8")

    return lines


if __name__ == "__main__":
    dispatch.action = action
    worker.main()
