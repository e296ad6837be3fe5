"""The add-in as one file: `xlam_bytes()` puts modules, texts, ribbon and package together."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from addin.functions.registry import functions
from addin.packaging.xlam.package import Sheet, package
from addin.packaging.xlam.project import vba
from addin.packaging.xlam.project.ovba import Project, project_bytes
from addin.packaging.xlam.ribbon_xml import CUSTOM_UI, CUSTOM_UI_14, ribbon_xml
from addin.tab.tab import TAB, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.registry import WorksheetFunction

FILE_NAME: Final = "portfolio.xlam"
# The VBA project's class identifier: fixed, because it keys the obfuscated fields and must not change between builds.
IDENTIFIER: Final = "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:customer-portfolio:vba-project")).upper() + "}"

# Read by xlwings' own helpers (sheet <project>.conf) where somebody calls them; our server command asks none of these.
_CONFIG: Final = (
    ("ADD_WORKBOOK_TO_PYTHONPATH", "False"),
    ("UDF MODULES", vba.UDF_MODULE),
    ("USE UDF SERVER", "True"),
    ("SHOW CONSOLE", "False"),
)


def xlam_bytes(wrapped: Sequence[WorksheetFunction] | None = None) -> bytes:
    """Return the add-in file, byte for byte the same for the same functions and the same xlwings.

    Parameters
    ----------
    wrapped
        The worksheet functions; all registered ones when None.

    Raises
    ------
    ValueError
        When the VBA text would not compile, or the installed xlwings does not fit.
    """
    offered = functions() if wrapped is None else wrapped
    sheets = (
        Sheet(f"{vba.PROJECT_NAME}.conf", _CONFIG),
        Sheet("texts", [(key, *text) for key, text in (*texts(), *vba.function_texts(offered))]),
    )
    project = Project("CustomerPortfolio", IDENTIFIER, vba.modules(offered, len(sheets)))
    return package(
        sheets,
        project_bytes(project),
        ribbon_xml(CUSTOM_UI),
        ribbon_xml(CUSTOM_UI_14),
        title=f"{TAB.ja} ({TAB.en})",
    )
