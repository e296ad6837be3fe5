"""The UNO component: passes worksheet functions on to the engine. Runs in LibreOffice's own Python, stdlib only."""

# mypy: ignore-errors
# (LibreOffice brings `uno`, `unohelper` and the interfaces; no type checker outside of it can see them.)

import json
import os

import portfolio_bridge
import uno  # noqa: F401 - importing it lets Python import UNO's interfaces
import unohelper
from com.sun.star.lang import XServiceInfo
from customerportfolio import XFunctions

IMPLEMENTATION = "customerportfolio.FunctionsImplementation"
SERVICE = "customerportfolio.Functions"
RUN_NAME = "PF_RUN"
YEAR_1904 = 1904

with open(os.path.join(os.path.dirname(__file__), "functions.json"), encoding="utf-8") as _listed:
    FUNCTIONS = json.load(_listed)

# One worker serves every document of this LibreOffice: runs are told apart by their handles.
ENGINE = portfolio_bridge.shared()


class Functions(unohelper.Base, XServiceInfo, XFunctions):
    """The add-in. Its worksheet methods are added below, one for each entry of functions.json."""

    def __init__(self, context):
        self.context = context
        ENGINE.warm_up()

    def getImplementationName(self):
        return IMPLEMENTATION

    def supportsService(self, name):
        return name == SERVICE

    def getSupportedServiceNames(self):
        return (SERVICE,)


def _run_of(document):
    """Return the value of the calling document's named cell PF_RUN, or None.

    The cell's data, not its displayed text: where PF_RUN is itself still to be calculated, reading its data makes Calc do
    that first, while its display would be "...". A cell in error has no data: the reason is passed on in its place.
    """
    names = document.NamedRanges
    if not names.hasByName(RUN_NAME):
        return None
    cells = names.getByName(RUN_NAME).getReferredCells()
    if cells is None:
        return None
    run = cells.getDataArray()[0][0]
    return ENGINE.run_in_error() if run is None else run


def _method(name, place):
    """Return the method of one worksheet function; `place` is where its argument [run] stands, or None."""

    def method(self, caller, *args):
        run = None
        if place is not None and caller is not None and not args[place]:
            run = _run_of(caller)
        date1904 = caller is not None and caller.NullDate.Year == YEAR_1904
        reply = ENGINE.ask(name, args, run, date1904)
        if type(reply) is list:
            return tuple(map(tuple, reply))
        return ((reply,),)

    return method


for _name, _entry in FUNCTIONS.items():
    setattr(Functions, _name, _method(_entry["name"], _entry["run"]))

g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, IMPLEMENTATION, (SERVICE,))
