"""What makes the browser's edition answer: scripts inside the file, the policy that admits only them, data as JSON.

Everything is inlined, so that the file works from a mail attachment and without a network. The policy names each script
by its hash and allows no other, and no evaluation of text as code. No chart library is needed: the drawings carry what
each of their marks tells (`report_templates.charts.tips`), and the scripts only let them speak.

Decision 0209: what a page in a browser may run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from report_templates.texts.settings import ROOM
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from engine.language.errors import Lang

_OWN: Final = ("tables.js", "contents.js", "charts.js")
_NOTHING: Final = "'none'"
# Characters that could end a script element, open a comment in one, or end a line of JavaScript.
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def embedded(value: Any) -> Markup:
    """Return `value` as JSON that may stand inside a script element, whatever its words hold."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(written.translate(_ESCAPES))  # noqa: S704 - every sign that HTML or a script could take for its own is escaped


@cache
def scripts() -> tuple[Markup, ...]:
    """Return the scripts of the browser's edition."""
    own = "\n".join(ROOM.joinpath("templates", "scripts", name).read_text(encoding="utf-8") for name in _OWN)
    return (Markup(own),)  # noqa: S704 - our own files


@cache
def sorting() -> Markup:
    """Return the script that makes tables sort and filter, for a page of one long table."""
    return Markup(ROOM.joinpath("templates", "scripts", _OWN[0]).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def policy(inline: tuple[str, ...], *, fonts: str = "data:") -> str:
    """Return the content security policy that admits the scripts `inline`, styles and data addresses, and nothing else."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline
    )
    return (
        f"default-src 'none'; script-src {hashes or _NOTHING}; style-src 'unsafe-inline'; img-src data:; "
        f"font-src {fonts}; base-uri 'none'; form-action 'none'"
    )


def words(lang: Lang) -> Markup:
    """Return what the scripts say, as JSON; places such as `{column}` are filled by them."""
    places = {name: f"{{{name}}}" for name in ("column", "shown", "all")}
    keys = (
        *("sort", "descending", "ascending", "unsorted", "filter", "shown"),
        *("chart", "find", "found", "table", "item", "value"),
    )
    return embedded({key: say(f"screen.{key}", **places).to(lang) for key in keys})
