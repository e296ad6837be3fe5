"""Starting a process that hears Ctrl+C, whoever started the tests."""

from __future__ import annotations

import signal


def hear_ctrl_c() -> None:
    """Take SIGINT as usual: pass this to `subprocess.Popen` as `preexec_fn`.

    A shell that starts the tests in the background has SIGINT ignored, and every process inherits that. Python then
    leaves it so, and Ctrl+C would not reach the command under test.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
