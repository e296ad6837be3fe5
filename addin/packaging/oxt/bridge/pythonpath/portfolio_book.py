"""The steps of a button on the open document. Runs in LibreOffice's own Python (3.8 or newer), standard library and UNO.

Each verb is a method `do_…` of `Document`; what it takes and returns is what `addin.calc.book` sends and expects. A date
crosses as `{"d": "2026-03-31T00:00:00"}`, an empty cell as null, a cell in error as its text.
"""

# mypy: ignore-errors
# (LibreOffice brings `uno`; no type checker outside of it can see the objects of a document.)

import os

import portfolio_dialogs
from portfolio_files import Files
from portfolio_reading import Refused
from portfolio_writing import Writing


class Document(Writing, Files):
    """The document in front when the button was pressed."""

    def __init__(self, context, frame, document):
        super().__init__(document)
        self.context = context
        self.frame = frame
        self._held = []  # whether Calc calculated by itself, of each hold
        self._indicator = None

    def step(self, verb, args):
        """Do one verb and return the line to send back; never raises."""
        try:
            return {"value": getattr(self, "do_" + verb)(*args)}
        except Refused as refused:
            return {"error": refused.kind, "about": refused.about}
        except KeyError as error:
            return {"error": "missing", "about": str(error.args[0])}
        except Exception as error:  # noqa: BLE001 - whatever UNO throws: only its kind is told, a text might quote a cell
            return {"error": type(error).__name__}

    def leave(self):
        """Put back what a button that broke off has held."""
        while self._held:
            self.do_release()
        self.do_progress(None)

    def do_show(self, sheet, row, column):
        controller, page = self.document.CurrentController, self._page(sheet)
        page.IsVisible = True
        controller.setActiveSheet(page)
        controller.select(page.getCellByPosition(column - 1, row - 1))

    def do_hold(self):
        self._held.append(self.document.isAutomaticCalculationEnabled())
        self.document.lockControllers()
        self.document.enableAutomaticCalculation(False)

    def do_release(self):
        automatic = self._held.pop()
        try:
            self.document.enableAutomaticCalculation(automatic)
        finally:
            self.document.unlockControllers()

    def do_progress(self, text):
        if text is None:
            if self._indicator is not None:
                self._indicator.end()
            self._indicator = None
        elif self._indicator is None:
            self._indicator = self.frame.createStatusIndicator()
            self._indicator.start(text, 1)
        else:
            self._indicator.setText(text)

    def _dialogs(self):
        return portfolio_dialogs.Dialogs(self.context, self.frame)

    def do_message(self, title, text, trouble):
        self._dialogs().message(title, text, trouble)

    def do_ask(self, title, question, suggestion):
        return self._dialogs().ask(title, question, suggestion)

    def do_confirm(self, title, question):
        return self._dialogs().confirm(title, question)

    def _folder(self):
        path = self.do_path()
        return os.path.dirname(path) if path else os.path.expanduser("~")

    def do_choose_files(self, title, endings):
        return self._dialogs().choose_files(title, endings, self._folder())

    def do_choose_place(self, title, suggestion):
        return self._dialogs().choose_place(title, suggestion, self._folder())
