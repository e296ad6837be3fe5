"""The UNO component behind the menu and the toolbar. Runs in LibreOffice's own Python, stdlib only."""

# mypy: ignore-errors
# (LibreOffice brings `uno`, `unohelper` and the interfaces; no type checker outside of it can see them.)

import json
import os

import portfolio_book
import portfolio_bridge
import uno  # noqa: F401 - importing it lets Python import UNO's interfaces
import unohelper
from com.sun.star.awt import XCallback
from com.sun.star.frame import DispatchResultEvent, FeatureStateEvent, XDispatchProvider, XNotifyingDispatch
from com.sun.star.lang import XInitialization, XServiceInfo

IMPLEMENTATION = "customerportfolio.ButtonsImplementation"
SERVICE = "customerportfolio.Buttons"
PROTOCOL = "customerportfolio:"
RUN_NAME = "PF_RUN"
SPREADSHEET = "com.sun.star.sheet.SpreadsheetDocument"
SUCCESS = 1  # com.sun.star.frame.DispatchResultState

with open(os.path.join(os.path.dirname(__file__), "buttons.json"), encoding="utf-8") as _listed:
    NEEDS = json.load(_listed)  # the button's key → what must be there: nothing, book or run


class Later(unohelper.Base, XCallback):
    """Does something once the menu is closed, in the main thread."""

    def __init__(self, action):
        self._action = action

    def notify(self, _):
        self._action()


class Buttons(unohelper.Base, XServiceInfo, XInitialization, XDispatchProvider, XNotifyingDispatch):
    """The buttons of one window."""

    def __init__(self, context, *arguments):
        self.context = context
        self.frame = None
        self.listeners = []
        self.initialize(arguments)

    def initialize(self, arguments):
        if arguments:
            self.frame = arguments[0]

    def getImplementationName(self):
        return IMPLEMENTATION

    def supportsService(self, name):
        return name == SERVICE

    def getSupportedServiceNames(self):
        return (SERVICE,)

    def queryDispatch(self, url, target, flags):
        return self if _button(url) in NEEDS and self._document() is not None else None

    def queryDispatches(self, requests):
        return tuple(self.queryDispatch(each.FeatureURL, each.FrameName, each.SearchFlags) for each in requests)

    def dispatch(self, url, arguments):
        self.dispatchWithNotification(url, arguments, None)

    def dispatchWithNotification(self, url, arguments, listener):
        def work():
            self._press(_button(url))
            if listener is not None:
                listener.dispatchFinished(DispatchResultEvent(self, SUCCESS, None))

        if any(each.Name == "SynchronMode" and each.Value for each in arguments):
            work()
        else:
            later = self.context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", self.context)
            later.addCallback(Later(work), None)

    def addStatusListener(self, listener, url):
        self.listeners.append((listener, url))
        self._tell(listener, url)

    def removeStatusListener(self, listener, url):
        self.listeners = [each for each in self.listeners if not (each[0] == listener and each[1] == url)]

    def _tell(self, listener, url):
        event = FeatureStateEvent()
        event.Source, event.FeatureURL, event.IsEnabled = self, url, self._is_enabled(_button(url))
        listener.statusChanged(event)

    def _is_enabled(self, button):
        document = self._document()
        if document is None:
            return False
        return NEEDS.get(button) != "run" or document.NamedRanges.hasByName(RUN_NAME)

    def _document(self):
        """Return the workbook in this window; None when something else is there."""
        controller = self.frame.getController() if self.frame is not None else None
        document = controller.getModel() if controller is not None else None
        return document if document is not None and document.supportsService(SPREADSHEET) else None

    def _press(self, button):
        """Let the engine do what the button says; never raises into Calc."""
        try:
            document = self._document()
            if document is None or button not in NEEDS:
                return
            engine, held = portfolio_bridge.shared(), portfolio_book.Document(self.context, self.frame, document)
            try:
                trouble = engine.press(button, held.step)
            finally:
                held.leave()
            if trouble is not None:
                held.do_message("", trouble, True)
            for listener, url in list(self.listeners):
                self._tell(listener, url)
        except Exception:  # noqa: BLE001 - the outermost guard: what is left to fail is a window that was closed meanwhile
            return


def _button(url):
    return url.Complete[len(PROTOCOL) :] if url.Complete.startswith(PROTOCOL) else ""


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Buttons, IMPLEMENTATION, (SERVICE,))
