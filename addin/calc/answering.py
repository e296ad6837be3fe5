"""One worksheet function, asked and answered as a line of JSON: between two buttons' steps as well as on its own.

Decision 0185: how a button in Calc asks back.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from addin.functions.cells import answer


def reply(request: list[Any], replies: BinaryIO) -> None:
    """Answer one worksheet function."""
    name, args, run, lang, date1904 = request
    found = answer(name, args, run, lang, dates="serial", date1904=date1904)
    replies.write(json.dumps(found, separators=(",", ":")).encode("ascii") + b"\n")
    replies.flush()
