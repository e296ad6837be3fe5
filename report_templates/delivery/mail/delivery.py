"""Handing letters to a server: over verified TLS only, again after temporary errors only, never twice.

The conversation is held here rather than by `smtplib.sendmail`, because what may be tried again depends on how far it came:
until the server has said 354 nothing was handed over; after that only its answer tells.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal, Text
from report_templates.delivery.mail.ledger import Taken
from report_templates.delivery.mail.reasons import INTERRUPTED, LOST
from report_templates.delivery.mail.session import OK, Temporary, brief, not_accepted, session, until_accepted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from report_templates.delivery.mail.ledger import Entry, Ledger
    from report_templates.delivery.mail.letters import Letter, Plan
    from report_templates.delivery.mail.settings import Settings

_WILL_FORWARD, _GO_AHEAD = 251, 354  # RFC 5321 §4.2.3
_SERVICE_CLOSING: Final = 421
_JUDGING: Final = 600.0  # seconds that a server may think about a message (RFC 5321 §4.5.3.2.6)
_LARGEST_PAUSE: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Work:
    """What one letter's attempts share; `when` is the date that they carry (ISO, UTC)."""

    plan: Plan
    letter: Letter
    settings: Settings
    ledger: Ledger
    when: str


def deliver(
    plan: Plan, settings: Settings, ledger: Ledger, progress: Callable[[Text, float], None] | None = None
) -> dict[str, Entry]:
    """Send every letter of `plan` whose recipients have not got it, and return the ledger's rows by recipient.

    Temporary errors are tried again with growing pauses. What was sent, refused or is uncertain is not touched.

    Parameters
    ----------
    plan
        Its recipients must be allowed, and the person must have agreed to its hash: the caller has looked.
    progress
        Told which letter is being sent, and the share of all that is done. No address is in it.

    Raises
    ------
    Refusal
        Where the server cannot be trusted or does not accept us (certificate, no STARTTLS, password, sender); then
        nothing further is sent. Where the ledger cannot be written.
    """
    tell = progress or (lambda _step, _share: None)
    settings.allow.demand(plan.recipients)
    rows = ledger.register(plan)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    for done, letter in enumerate(plan.letters):
        share = done / len(plan.letters)

        def telling(step: Text, share: float = share) -> None:
            tell(step, share)

        telling(Text(f"{letter.number}通目を送信中", f"Sending letter {letter.number}"))
        waiting = any(rows[recipient.key].state == "planned" for recipient in letter.recipients)
        if waiting and not _send(_Work(plan, letter, settings, ledger, when), telling):
            break
    tell(Text("完了", "Done"), 1.0)
    return ledger.find(plan)


def _send(work: _Work, tell: Callable[[Text], None]) -> bool:
    """Try a letter until every recipient is settled or the attempts are used up.

    Returns whether the server is worth asking for the next letter.
    """
    from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

    def waiting(state: RetryCallState) -> None:
        most = work.settings.attempts
        tell(
            Text(
                f"一時的な失敗のため待っています({state.attempt_number}/{most}回)",
                f"Waiting after a temporary failure ({state.attempt_number} of {most})",
            )
        )

    again = Retrying(
        retry=retry_if_exception_type((Temporary, Taken)),
        stop=stop_after_attempt(work.settings.attempts),
        wait=wait_exponential(multiplier=work.settings.pause, max=_LARGEST_PAUSE),
        before_sleep=waiting,
        reraise=True,
    )
    try:
        again(_attempt, work)
    except Temporary as last:
        rows = [entry.id for entry in _waiting(work).values()]
        work.ledger.settle(rows, "planned", f"{last.phase}: {last.reply}")
        return last.phase in ("rcpt", "data")
    except Taken:
        return True  # another process has it in hand
    return True


def _waiting(work: _Work) -> dict[str, Entry]:
    """Return the rows of the letter that are still to be sent, by recipient."""
    rows = work.ledger.find(work.plan)
    keys = [recipient.key for recipient in work.letter.recipients]
    return {key: rows[key] for key in keys if rows[key].state == "planned"}


def _attempt(work: _Work) -> None:
    """Offer the letter once to those who have not got it.

    Raises
    ------
    Temporary
        When some of them could not be served for now; the others are settled.
    """
    waiting = _waiting(work)
    if not waiting:
        return
    with session(work.settings) as server:
        with until_accepted("mail"):
            code, reply = server.mail(work.settings.sender.address)
        if code != OK:
            raise not_accepted("mail", code, reply)
        accepted, later = _offer(work, server, waiting)
        if accepted:
            _hand_over(work, server, accepted)
    if later:
        raise Temporary("rcpt", later)


def _offer(work: _Work, server: smtplib.SMTP, waiting: Mapping[str, Entry]) -> tuple[list[Entry], str]:
    """Name the recipients; return whose address was accepted, and the reply to one who shall be asked for again later."""
    accepted: list[Entry] = []
    later = ""
    for recipient in work.letter.recipients:
        entry = waiting.get(recipient.key)
        if entry is None:
            continue
        with until_accepted("rcpt"):
            code, reply = server.rcpt(recipient.address)
        if code in (OK, _WILL_FORWARD):
            accepted.append(entry)
        elif code == _SERVICE_CLOSING:
            raise Temporary("rcpt", brief(code, reply))
        elif code // 100 == 5:
            work.ledger.settle([entry.id], "refused", f"rcpt: {brief(code, reply)}")
        else:
            later = brief(code, reply)
    return accepted, later


def _hand_over(work: _Work, server: smtplib.SMTP, accepted: list[Entry]) -> None:
    """Hand the message over, and write down what the server said; without its answer it is uncertain."""
    ids = [entry.id for entry in accepted]
    # What may have arrived already is sent again to the byte, date included, so that mail programs see one mail.
    when = next((entry.date for entry in accepted if entry.doubtful), work.when)
    message = work.plan.message(work.letter, datetime.fromisoformat(when))
    work.ledger.claim(ids, work.plan, work.letter, when)
    handed = False
    try:
        code, reply = server.docmd("DATA")
        if code == _GO_AHEAD:
            handed = True
            server.send(_dotted(message))
            if server.sock is not None:
                server.sock.settimeout(max(work.settings.timeout, _JUDGING))
            code, reply = server.getreply()
    except (OSError, smtplib.SMTPException):
        work.ledger.settle(ids, "uncertain" if handed else "planned", f"data: {LOST}")
        if not handed:
            raise Temporary("data", LOST) from None
        return
    except KeyboardInterrupt:
        work.ledger.settle(ids, "uncertain" if handed else "planned", f"data: {INTERRUPTED}")
        raise
    _judge(work, ids, handed, code, brief(code, reply))


def _judge(work: _Work, ids: list[int], handed: bool, code: int, reply: str) -> None:
    """Write down what the server's last reply means: to the message where it was handed over, else to DATA."""
    if handed and code // 100 == 2:
        _settle_sent(work, ids)
    elif code // 100 == 5:
        work.ledger.settle(ids, "refused", f"data: {reply}")
    elif handed and code // 100 != 4:  # an answer that no server should give says nothing
        work.ledger.settle(ids, "uncertain", f"data: {reply}")
    else:
        work.ledger.settle(ids, "planned", f"data: {reply}")
        raise Temporary("data", reply)


def _settle_sent(work: _Work, ids: list[int]) -> None:
    """Write that the server took the message; where that cannot be written, say so: it will be uncertain."""
    import sqlite3

    try:
        work.ledger.settle(ids, "sent", str(OK))
    except (OSError, sqlite3.Error) as error:
        rows = ", ".join(map(str, ids))
        raise Refusal(
            "unwritable",
            f"サーバーは受け取りましたが、台帳の {rows} 番に書けませんでした({error})。次からは「不明」と表示されます。"
            "空き容量と権限を直し、mail-ledger --confirm で送信済みにしてください",
            f"the server took the message, but row {rows} of the ledger could not be written ({error}); it will be shown "
            "as uncertain: mend space and permissions, and settle it with mail-ledger --confirm",
        ) from error


def _dotted(message: bytes) -> bytes:
    """Return a message as RFC 5321 §4.5.2 sends it: leading dots doubled, a line with a dot at its end."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"
