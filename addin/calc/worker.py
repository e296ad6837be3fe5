"""The worker: answers Calc's worksheet functions in the engine's own interpreter, one line of JSON at a time.

A request is `[name, arguments, run, language, date1904]`, its reply a scalar or a list of rows. JSON carries a float
without loss (the shortest text that reads back as the same number), None as null and text in any script; dates are
serial numbers in both directions, as they are in Calc's cells.

A button is `{"press": key, "language": lang}`. Until its last line, `{"pressed": key}`, the worker asks for steps on the
workbook (`addin.calc.book`).

Decision 0021: why Calc asks a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

from addin.calc.answering import reply


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer every line of `requests` until its end, which comes when LibreOffice closes or dies."""
    for line in requests:
        request = json.loads(line)
        if isinstance(request, dict):
            _answer_button_request(request, requests, replies)
        else:
            reply(request, replies)


def _answer_button_request(request: dict[str, Any], requests: BinaryIO, replies: BinaryIO) -> None:
    from addin.calc.book import press  # here, not above: the first cell's answer shall not wait for the ribbon

    press(request["press"], request["language"], requests, replies)


def main() -> None:
    """Serve standard input and output; whatever else prints goes to standard error, so that no reply is spoilt."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
