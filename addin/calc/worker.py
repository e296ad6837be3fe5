"""The worker: answers Calc's worksheet functions in the engine's own interpreter, one line of JSON at a time.

A request is `[name, arguments, run, language, date1904]`, its reply a scalar or a list of rows. JSON carries a float
without loss (the shortest text that reads back as the same number), None as null and text in any script; dates are
serial numbers in both directions, as they are in Calc's cells.
"""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from addin.cells import answer

__all__ = ["main", "serve"]


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer every line of `requests` until its end, which comes when LibreOffice closes or dies."""
    for line in requests:
        name, args, run, lang, date1904 = json.loads(line)
        reply = answer(name, args, run, lang, dates="serial", date1904=date1904)
        replies.write(json.dumps(reply, separators=(",", ":")).encode("ascii") + b"\n")
        replies.flush()


def main() -> None:
    """Serve standard input and output; whatever else prints goes to standard error, so that no reply is spoilt."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
