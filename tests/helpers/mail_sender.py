"""A process that sends the tests' mail and dies at a given moment: started by test_report_mail_faults.py."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import sys
import time
from pathlib import Path
from typing import Any

from helpers.mails import plan, settings
from report_templates.delivery.mail.delivery import deliver
from report_templates.delivery.mail.ledger import Ledger, ledger_file, opened


def killed(owner: Any, name: str, *, after: bool, state: str = "") -> None:
    """Let `owner.name` kill this process before or after its work; only for a state that is written, where one is named."""
    real = getattr(owner, name)

    def dying(*arguments: Any, **options: Any) -> Any:
        if state and state not in arguments:
            return real(*arguments, **options)
        result = real(*arguments, **options) if after else None
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def meeting() -> None:
    """Wait, before the row is claimed, until the other process is there as well."""
    real = Ledger.claim

    def claim(self: Ledger, *arguments: Any) -> None:
        folder = ledger_file().parent
        (folder / f"here-{os.getpid()}").touch()
        until = time.monotonic() + 30
        while len(list(folder.glob("here-*"))) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        real(self, *arguments)

    Ledger.claim = claim  # type: ignore[assignment, method-assign]


def main(port: int, authority: Path, moment: str, revision: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have it ignored
    match moment:
        case "before the row":
            killed(Ledger, "register", after=False)
        case "after the row":
            killed(Ledger, "register", after=True)
        case "after the connection":
            killed(smtplib.SMTP, "rcpt", after=True)
        case "after the claim":
            killed(Ledger, "claim", after=True)
        case "before the ledger is written":
            killed(Ledger, "settle", after=False, state="sent")
        case "after the ledger is written":
            killed(Ledger, "settle", after=True, state="sent")
        case "meet the other":
            meeting()
    what = plan(revision=revision)
    with opened() as ledger:
        rows = deliver(what, settings(port, authority), ledger)
    sys.stdout.write(json.dumps({key: row.state for key, row in rows.items()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
