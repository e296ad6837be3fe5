"""Claim: `portfolio --help` starts in at most 4 times the time of an empty Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import Row, compare


def measure() -> list[Row]:
    """Time both as processes, as a shell starts them."""
    script = str(Path(sys.executable).with_name("portfolio"))
    return [
        compare(
            ("portfolio --help", lambda: subprocess.run([script, "--help"], capture_output=True, check=True)),
            ("python -c pass", lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)),
            budget=4,
            runs=15,
        )
    ]
