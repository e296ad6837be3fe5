"""Takes the place of the add-in's `portfolio_dialogs.py` in a LibreOffice of the tests: no window, answers from a list.

The tests lay this file over the built extension's own (`scripted`); the extension that is shipped has nothing by which its
questions could be answered without a window. `PORTFOLIO_SCRIPT` names a file of JSON: the answers still to be given, and
whatever was asked and told.
"""

# mypy: ignore-errors

import json
import os
from pathlib import Path


class Dialogs:
    """Reads the next answer from the script and writes down what was asked."""

    def __init__(self, context, frame):
        del context, frame

    def _note(self, kind, text, answered):
        path = Path(os.environ["PORTFOLIO_SCRIPT"])
        script = json.loads(path.read_text(encoding="utf-8"))
        script["told"].append([kind, text])
        answer = script["answers"].pop(0) if answered else None
        path.write_text(json.dumps(script), encoding="utf-8")
        return answer

    def message(self, title, text, trouble):
        del title
        self._note("trouble" if trouble else "message", text, False)

    def confirm(self, title, question):
        del title
        return self._note("confirm", question, True)

    def ask(self, title, question, suggestion):
        del title
        return self._note("ask", [question, suggestion], True)

    def choose_files(self, title, endings, folder):
        return self._note("choose_files", [title, endings, folder], True)

    def choose_place(self, title, suggestion, folder):
        return self._note("choose_place", [title, suggestion, folder], True)

    def reveal(self, path):
        self._note("reveal", path, False)
        return True
