"""What makes the browser's edition answer: scripts inside the file, the policy that admits only them, data as JSON.

Everything is inlined, so that the file works from a mail attachment and without a network. The policy names each script
by its hash and allows no other, and no evaluation of text as code: Vega's expressions are interpreted (`ast`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from engine.store import layout
from report_templates.settings import ROOM
from report_templates.texts import say

if TYPE_CHECKING:
    from engine.errors import Lang

__all__ = ["embedded", "policy", "scripts", "words"]

_OWN: Final = ("tables.js", "contents.js", "charts.js")
_SNIPPET: Final = "window.portfolioEmbed = vegaEmbed;"
# The bundle comes without the notices that these libraries' licences ask to be kept.
_NOTICE: Final = (
    "/* Vega, Vega-Lite, vega-embed: copyright University of Washington Interactive Data Lab, BSD-3-Clause;"
    " D3: copyright Mike Bostock, ISC. Bundled by vl-convert. */\n"
)
_NOTHING: Final = "'none'"
# Characters that could end a script element, open a comment in one, or end a line of JavaScript.
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def embedded(value: Any) -> Markup:
    """Return `value` as JSON that may stand inside a script element, whatever its words hold."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(written.translate(_ESCAPES))  # noqa: S704 - every sign that HTML or a script could take for its own is escaped


@cache
def scripts() -> tuple[Markup, ...]:
    """Return the scripts of the browser's edition: the chart libraries, then our own."""
    own = "\n".join(ROOM.joinpath("templates", "scripts", name).read_text(encoding="utf-8") for name in _OWN)
    return Markup(_NOTICE + _libraries()), Markup(own)  # noqa: S704 - the locked libraries and our own files


def policy(inline: tuple[str, ...], *, fonts: str = "data:") -> str:
    """Return the content security policy that admits the scripts `inline`, styles and data addresses, and nothing else."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline
    )
    return (
        f"default-src 'none'; script-src {hashes or _NOTHING}; style-src 'unsafe-inline'; img-src data:; "
        f"font-src {fonts}; base-uri 'none'; form-action 'none'"
    )


def _libraries() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script; bundling takes two seconds, so that the result is kept."""
    import vl_convert

    from report_templates.charts import vega_lite_version

    kept = layout.root() / "cache" / f"charts-{version('vl-convert-python')}-{vega_lite_version()}.js"
    with suppress(OSError):
        return kept.read_text(encoding="utf-8")
    bundle: str = vl_convert.javascript_bundle(_SNIPPET, vl_version=vega_lite_version())
    with suppress(OSError):  # nobody has to be able to keep it
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=kept.parent, delete=False) as file:
            file.write(bundle)
        Path(file.name).replace(kept)
    return bundle


def words(lang: Lang) -> Markup:
    """Return what the scripts say, as JSON; places such as `{column}` are filled by them."""
    places = {name: f"{{{name}}}" for name in ("column", "shown", "all")}
    keys = ("sort", "descending", "ascending", "unsorted", "filter", "shown", "chart")
    return embedded({key: say(f"screen.{key}", **places).to(lang) for key in keys})
