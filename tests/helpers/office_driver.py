"""The half of `office.py` that runs in the system's python3, beside LibreOffice: carries out one request per line."""

from __future__ import annotations

import json
import sys
import threading
import time
from importlib import import_module
from typing import Any

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}


class Driver:
    """Carries out the requests inside LibreOffice's own object model."""

    def __init__(self, pipe: str) -> None:
        self.pipe = pipe
        self.desktop: Any = None
        self.context: Any = None
        self.books: dict[int, Any] = {}

    def do_connect(self) -> bool:
        import uno
        from com.sun.star.connection import NoConnectException

        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
        try:
            context = resolver.resolve(f"uno:pipe,name={self.pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            return False
        self.context = context
        self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        return True

    def do_functions(self, beginning: str) -> dict[str, Any]:
        listed = self.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.sheet.FunctionDescriptions", self.context
        )
        found: dict[str, Any] = {}
        for place in range(listed.Count):
            entry = {each.Name: each.Value for each in listed.getByIndex(place)}
            if entry["Name"].startswith(beginning):
                arguments = [[each.Name, each.Description] for each in entry["Arguments"]]
                found[entry["Name"]] = {"description": entry["Description"], "arguments": arguments}
        return found

    def do_interface(self, name: str) -> list[Any]:
        types = self.context.getValueByName("/singletons/com.sun.star.reflection.theTypeDescriptionManager")
        return [
            [
                method.MemberName.rpartition("::")[2],
                method.ReturnType.Name,
                [[each.Name, each.Type.Name] for each in method.Parameters],
            ]
            for method in types.getByHierarchicalName(name).Members
        ]

    @staticmethod
    def options(**values: object) -> tuple[Any, ...]:
        from com.sun.star.beans import PropertyValue

        return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())

    def do_open(self, url: str) -> int:
        # MacroExecutionMode 4: never run macros, never ask. UpdateDocMode 0: no links.
        book = self.desktop.loadComponentFromURL(
            url, "_blank", 0, self.options(Hidden=True, MacroExecutionMode=4, UpdateDocMode=0)
        )
        if book is None:
            raise ValueError(f"LibreOffice cannot open {url}")
        key = max(self.books, default=0) + 1
        self.books[key] = book
        return key

    def do_sheets(self, key: int) -> list[str]:
        return list(self.books[key].Sheets.ElementNames)

    def do_recalculate(self, key: int) -> None:
        self.books[key].calculateAll()

    def area(self, key: int, sheet: str, address: str | None) -> Any:
        page = self.books[key].Sheets.getByName(sheet)
        if address is not None:
            return page.getCellRangeByName(address)
        cursor = page.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return page.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)

    def do_values(self, key: int, sheet: str, address: str | None) -> list[list[Any]]:
        area = self.area(key, sheet, address)
        rows = [list(row) for row in area.getDataArray()]
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if value is None:  # a cell in error has no data: its text is the error
                    cells[column] = area.getCellByPosition(column, row).String
        return rows

    def do_formulas(self, key: int, sheet: str, address: str | None) -> list[list[str]]:
        return [list(row) for row in self.area(key, sheet, address).getFormulaArray()]

    def do_errors(self, key: int) -> dict[str, str]:
        found: dict[str, str] = {}
        for sheet in self.books[key].Sheets:
            for part in sheet.queryFormulaCells(4).Cells:  # 4: FormulaResult.ERROR
                name = part.AbsoluteName.replace("$", "").replace("'", "")
                found[name] = part.String
        return found

    def do_put(self, key: int, sheet: str, address: str, content: Any) -> None:
        cell = self.area(key, sheet, address).getCellByPosition(0, 0)
        if isinstance(content, str):
            if content.startswith("="):
                cell.Formula = content
            else:
                cell.String = content
        else:
            cell.Value = content

    def do_array(self, key: int, sheet: str, address: str, formula: str) -> None:
        self.area(key, sheet, address).setArrayFormula(formula)

    def do_pdf(self, key: int, url: str) -> None:
        self.books[key].storeToURL(url, self.options(FilterName="calc_pdf_Export"))

    def do_save(self, key: int, url: str) -> None:
        self.books[key].storeToURL(url, self.options(FilterName=FILTERS[url[url.rindex(".") :].lower()]))

    def do_press(self, key: int, command: str) -> bool:
        """Press a button of a menu; return whether there is one to be pressed (told by its status)."""
        done = self.pressed(key, command)
        if done is not None and not done.wait(300):
            raise TimeoutError(command)
        return done is not None

    def do_click(self, key: int, command: str, clicks: list[list[str]]) -> list[list[str]]:
        """Press a button and use the windows that it opens, one after another; return the names of what is in each.

        Each click is the name of what is clicked and, where something is typed before, the field's name and the text.
        """
        from com.sun.star.beans import PropertyValue

        screen = self.context.ServiceManager.createInstanceWithContext("org.libreoffice.uitest.UITest", self.context)
        done = self.pressed(key, command)
        seen: list[list[str]] = []
        if done is None:
            raise ValueError(command)
        for name, *typed in clicks:
            window = self.window(screen, name, seen[-1] if seen else [])
            seen.append(sorted(window.getChildren()))
            if typed and not typed[0]:
                self.line().setText(typed[1])
            elif typed:
                field = window.getChild(typed[0])
                for keys in (PropertyValue("KEYCODE", 0, "CTRL+A", 0), PropertyValue("TEXT", 0, typed[1], 0)):
                    field.executeAction("TYPE", (keys,))
            window.getChild(name).executeAction("CLICK", ())
        if not done.wait(60):
            raise TimeoutError(f"{command} still waits after {seen}")
        return seen

    def line(self) -> Any:
        """Return the one line to type into of the window in front, as a reader of screens finds it."""
        toolkit = self.context.ServiceManager.createInstanceWithContext("com.sun.star.awt.Toolkit", self.context)
        waiting = [toolkit.getActiveTopWindow().getAccessibleContext()]
        while waiting:
            here = waiting.pop()
            if hasattr(here, "setText") and here.getAccessibleStateSet() & 1 << 6:  # AccessibleStateType.EDITABLE
                return here
            waiting += [
                here.getAccessibleChild(place).getAccessibleContext() for place in range(here.AccessibleChildCount)
            ]
        raise ValueError("nothing to type into")

    def window(self, screen: Any, name: str, last: list[str]) -> Any:
        """Wait for the window in which there is something of that name, another than the last one."""
        for _ in range(300):
            found = screen.getTopFocusWindow()
            there = [] if found is None else sorted(found.getChildren())
            if name in there and there != last:
                return found
            time.sleep(0.1)
        raise TimeoutError(f"no window with {name}, but {there}")

    def pressed(self, key: int, command: str) -> threading.Event | None:
        """Start a command as a menu does; return what tells its end, None where it is not there or not enabled."""
        from com.sun.star.frame import XDispatchResultListener, XStatusListener

        done = threading.Event()
        states: list[bool] = []
        members = {
            "dispatchFinished": lambda _, __: done.set(),
            "statusChanged": lambda _, event: states.append(event.IsEnabled),
            "disposing": lambda _, __: done.set(),
        }
        listener = type(
            "Listener", (import_module("unohelper").Base, XDispatchResultListener, XStatusListener), members
        )()
        url, frame = self.url(command), self.books[key].CurrentController.Frame
        found = frame.queryDispatch(url, "_self", 0)
        if found is None:
            return None
        found.addStatusListener(listener, url)
        found.removeStatusListener(listener, url)
        if not states[-1]:
            return None
        found.dispatchWithNotification(url, (), listener)
        return done

    def url(self, command: str) -> Any:
        from com.sun.star.util import URL

        url = URL()
        url.Complete = command
        transformer = self.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.util.URLTransformer", self.context
        )
        return transformer.parseStrict(url)[1]

    def do_settings(self, path: str, language: str) -> Any:
        """Return a part of the configuration as nested mappings, its texts in one language."""
        provider = self.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.configuration.ConfigurationProvider", self.context
        )
        access = provider.createInstanceWithArguments(
            "com.sun.star.configuration.ConfigurationAccess", self.options(nodepath=path, locale=language)
        )
        return self.tree(access)

    def tree(self, node: Any) -> Any:
        if not hasattr(node, "ElementNames"):
            return node
        return {name: self.tree(node.getByName(name)) for name in node.ElementNames}

    def do_run(self, key: int, code: str) -> Any:
        """Run a few lines over the document (`book`) that the tests of one subject alone need; `answer` is returned."""
        held: dict[str, Any] = {"book": self.books[key], "desktop": self.desktop, "context": self.context}
        exec(code, held)  # noqa: S102 - the tests' own lines, in the tests' own process
        return held.get("answer")

    def do_close(self, key: int) -> None:
        self.books.pop(key).close(True)

    def serve(self) -> None:
        for line in sys.stdin:
            verb, *arguments = json.loads(line)
            try:
                answer = [True, getattr(self, f"do_{verb}")(*arguments)]
            except Exception as error:  # noqa: BLE001 - the driver's outermost guard: the test process raises it again
                answer = [False, f"{type(error).__name__}: {error}"]
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    Driver(sys.argv[1]).serve()
