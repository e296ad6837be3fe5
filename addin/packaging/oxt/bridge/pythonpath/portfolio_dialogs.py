"""The windows through which a button asks and tells, by LibreOffice's own toolkit.

Decision 0187: why all windows are in this one file.
"""

# mypy: ignore-errors
# (LibreOffice brings `uno`; no type checker outside of it can see its windows.)

import os

import uno
from com.sun.star.awt.MessageBoxType import ERRORBOX, INFOBOX, QUERYBOX

OK, YES_NO = 1, 3  # com.sun.star.awt.MessageBoxButtons
IS_YES = 2  # com.sun.star.awt.MessageBoxResults
SAVE = 10  # com.sun.star.ui.dialogs.TemplateDescription.FILESAVE_AUTOEXTENSION
OPEN = 0
PUSH_OK, PUSH_CANCEL = 1, 2  # com.sun.star.awt.PushButtonType
WIDTH, LINE, MARGIN, BUTTON = 260, 10, 6, 54  # in the units of dialogs, which follow the font
LETTERS = 52  # full-width letters of a question that fit into one line


class Dialogs:
    """Windows over the document in front."""

    def __init__(self, context, frame):
        self._context = context
        self._window = frame.getContainerWindow()

    def _service(self, name):
        return self._context.ServiceManager.createInstanceWithContext(name, self._context)

    def _box(self, kind, buttons, title, text):
        toolkit = self._service("com.sun.star.awt.Toolkit")
        box = toolkit.createMessageBox(self._window, kind, buttons, title, text)
        try:
            return box.execute()
        finally:
            box.dispose()

    def message(self, title, text, trouble):
        """Show a text, which the user acknowledges."""
        self._box(ERRORBOX if trouble else INFOBOX, OK, title, text)

    def confirm(self, title, question):
        """Return whether the user says yes."""
        return self._box(QUERYBOX, YES_NO, title, question) == IS_YES

    def ask(self, title, question, suggestion):
        """Return the line that the user types, None after Cancel."""
        dialog = self._service("com.sun.star.awt.UnoControlDialog")
        model = self._service("com.sun.star.awt.UnoControlDialogModel")
        lines = sum(1 + len(line) // LETTERS for line in question.split("\n"))
        top = MARGIN + lines * LINE + MARGIN
        model.Title, model.Width, model.Height, model.Moveable = title, WIDTH, top + 48, True
        self._add(model, "FixedText", "question", (MARGIN, MARGIN, WIDTH - 2 * MARGIN, lines * LINE),
                  Label=question, MultiLine=True)  # fmt: skip
        self._add(model, "Edit", "answer", (MARGIN, top, WIDTH - 2 * MARGIN, 14), Text=suggestion)
        for name, place, kind in (("ok", 2, PUSH_OK), ("cancel", 1, PUSH_CANCEL)):
            left = WIDTH - place * (BUTTON + MARGIN)
            self._add(model, "Button", name, (left, top + 24, BUTTON, 16),
                      PushButtonType=kind, DefaultButton=kind == PUSH_OK)  # fmt: skip
        dialog.setModel(model)
        dialog.createPeer(self._service("com.sun.star.awt.Toolkit"), self._window)
        try:
            dialog.getControl("answer").setFocus()
            return dialog.getControl("answer").getText() if dialog.execute() else None
        finally:
            dialog.dispose()

    def _add(self, model, kind, name, place, **properties):
        control = model.createInstance("com.sun.star.awt.UnoControl" + kind + "Model")
        control.PositionX, control.PositionY, control.Width, control.Height = place
        control.Name = name
        for key, value in properties.items():
            if key == "PushButtonType":
                value = uno.Any("short", value)
                uno.invoke(control, "setPropertyValue", (key, value))
            else:
                setattr(control, key, value)
        model.insertByName(name, control)

    def choose_files(self, title, endings, folder):
        """Return the paths of the files that the user chooses, none after Cancel."""
        patterns = ";".join("*." + ending for ending in endings)
        return self._picked(OPEN, title, folder, patterns, "")

    def choose_place(self, title, suggestion, folder):
        """Return where the user wants a new file, None after Cancel."""
        found = self._picked(SAVE, title, folder, "*" + os.path.splitext(suggestion)[1], suggestion)
        return found[0] if found else None

    def _picked(self, template, title, folder, patterns, name):
        picker = self._context.ServiceManager.createInstanceWithArgumentsAndContext(
            "com.sun.star.ui.dialogs.FilePicker", (template,), self._context
        )
        picker.setTitle(title)
        picker.setDisplayDirectory(uno.systemPathToFileUrl(folder))
        picker.appendFilter(patterns, patterns)
        if name:
            picker.setDefaultName(name)
        else:
            picker.setMultiSelectionMode(True)
        try:
            # getSelectedFiles gives whole addresses; the older getFiles gives a folder and bare names.
            return [uno.fileUrlToSystemPath(each) for each in picker.getSelectedFiles()] if picker.execute() else []
        finally:
            picker.dispose()

    def reveal(self, path):
        """Open a finished file in the program that this computer uses for it; return whether there is one."""
        shell = self._service("com.sun.star.system.SystemShellExecute")
        try:
            shell.execute(uno.systemPathToFileUrl(path), "", 0)
        except uno.getClass("com.sun.star.system.SystemShellExecuteException"):
            return False
        return True
