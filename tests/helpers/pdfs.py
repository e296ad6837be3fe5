"""What is printed on the sheets of a PDF, as Poppler reads it.

Decision 0267: why Poppler reads printed words.
"""

from __future__ import annotations

import subprocess


def printed_words(content: bytes) -> list[str]:
    """Return the words of every sheet; pypdf needs seconds for a report, whose drawings each name the typefaces anew."""
    command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
    read = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    return read.decode("utf-8").split("\f")[:-1]  # a form feed ends every sheet
