"""Handing letters to a server: over verified TLS only, again after temporary errors only, never twice.

The conversation is held here rather than by `smtplib.sendmail`, because what may be tried again depends on how far it came:
until the server has said 354 nothing was handed over; after that only its answer tells.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from engine.errors import Refusal, Text
from report_templates.mail.ledger import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from report_templates.mail.ledger import Entry, Ledger
    from report_templates.mail.letters import Letter, Plan
    from report_templates.mail.settings import Settings

__all__ = ["PHASES", "Temporary", "deliver"]

PHASES: Final[dict[str, Text]] = {
    "connect": Text("接続", "connecting"),
    "hello": Text("あいさつ(EHLO)", "greeting (EHLO)"),
    "starttls": Text("暗号化(STARTTLS)", "encryption (STARTTLS)"),
    "auth": Text("認証(AUTH)", "authentication (AUTH)"),
    "mail": Text("差出人(MAIL)", "sender (MAIL)"),
    "rcpt": Text("宛先(RCPT)", "recipient (RCPT)"),
    "data": Text("本文(DATA)", "message (DATA)"),
}
_OK, _WILL_FORWARD, _GO_AHEAD = 250, 251, 354  # RFC 5321 §4.2.3
_SERVICE_CLOSING: Final = 421
_LOST: Final = "connection lost"
_LARGEST_PAUSE: Final = 300.0


class Temporary(Exception):  # noqa: N818 - what it says: worth another attempt
    """The server, or the way to it, could not take the letter now, and surely has not taken it."""

    def __init__(self, phase: str, reply: str) -> None:
        super().__init__(f"{phase}: {reply}")
        self.phase, self.reply = phase, reply


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
    with _session(work.settings) as server:
        with _until_accepted("mail"):
            code, reply = server.mail(work.settings.sender.address)
        if code != _OK:
            raise _not_accepted("mail", code, reply)
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
        with _until_accepted("rcpt"):
            code, reply = server.rcpt(recipient.address)
        if code in (_OK, _WILL_FORWARD):
            accepted.append(entry)
        elif code == _SERVICE_CLOSING:
            raise Temporary("rcpt", _brief(code, reply))
        elif code // 100 == 4:
            later = _brief(code, reply)
        else:
            work.ledger.settle([entry.id], "refused", f"rcpt: {_brief(code, reply)}")
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
            code, reply = server.getreply()
    except (OSError, smtplib.SMTPException):
        work.ledger.settle(ids, "uncertain" if handed else "planned", f"data: {_LOST}")
        if not handed:
            raise Temporary("data", _LOST) from None
        return
    except KeyboardInterrupt:
        work.ledger.settle(ids, "uncertain" if handed else "planned", "data: interrupted")
        raise
    if code == _OK:
        _settle_sent(work, ids)
    elif code // 100 == 4:
        work.ledger.settle(ids, "planned", f"data: {_brief(code, reply)}")
        raise Temporary("data", _brief(code, reply))
    else:
        work.ledger.settle(ids, "refused", f"data: {_brief(code, reply)}")


def _settle_sent(work: _Work, ids: list[int]) -> None:
    """Write that the server took the message; where that cannot be written, say so: it will be uncertain."""
    import sqlite3

    try:
        work.ledger.settle(ids, "sent", str(_OK))
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


@contextmanager
def _session(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Open an encrypted and authenticated session; its end is no news: what matters was settled before."""
    server = _connected(settings)
    try:
        _greet(server, settings)
        if settings.user:
            _log_in(server, settings)
        yield server
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def _trust(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except ssl.SSLError:
        raise Refusal(
            "unreadable",
            "設定 ca_file の証明書が読めません(PEM形式にしてください)",
            "the certificates of ca_file cannot be read (they must be PEM)",
        ) from None


def _connected(settings: Settings) -> smtplib.SMTP:
    phase = "connect"
    try:
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=_trust(settings))
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(settings, error) from None
    except smtplib.SMTPConnectError as error:
        raise _not_accepted(phase, error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException):
        raise Temporary(phase, "no connection") from None


def _greet(server: smtplib.SMTP, settings: Settings) -> None:
    """Say hello, and start encryption where the connection does not have it yet; never go on without it."""
    _hello(server)
    if settings.security == "tls":
        return
    if not server.has_extn("starttls"):
        raise Refusal(
            "argument",
            f"サーバー {settings.host} は暗号化(STARTTLS)に応じません。暗号化なしでは送りません。送っていません",
            f"the server {settings.host} offers no encryption (STARTTLS), and nothing is sent without it; it was not sent",
        )
    try:
        with _until_accepted("starttls"):
            code, reply = server.starttls(context=_trust(settings))
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(settings, error) from None
    if code != 220:
        raise _not_accepted("starttls", code, reply)
    _hello(server)


def _hello(server: smtplib.SMTP) -> None:
    with _until_accepted("hello"):
        code, reply = server.ehlo()
    if code != _OK:
        raise _not_accepted("hello", code, reply)


def _log_in(server: smtplib.SMTP, settings: Settings) -> None:
    """Authenticate, by one method only: a wrong password tried by three counts as three towards a locked account."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    method = next((each for each in ("PLAIN", "LOGIN") if each in offered), None)
    if method is None:
        raise Refusal(
            "argument",
            f"サーバー {settings.host} はパスワードでの認証(PLAIN・LOGIN)に応じません。送っていません",
            f"the server {settings.host} takes no password (PLAIN or LOGIN); it was not sent",
        )
    server.esmtp_features["auth"] = method
    try:
        with _until_accepted("auth"):
            server.login(settings.user, settings.password.reveal(), initial_response_ok=method == "PLAIN")
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code // 100 == 4:
            raise Temporary("auth", str(error.smtp_code)) from None
        raise Refusal(
            "argument",
            f"サーバー {settings.host} が利用者名とパスワードを受け付けません({error.smtp_code})。設定を確かめてください。"
            "送っていません",
            f"the server {settings.host} does not accept user and password ({error.smtp_code}); look at the settings; "
            "it was not sent",
        ) from None
    except UnicodeEncodeError:
        raise Refusal(
            "argument", "利用者名とパスワードは半角文字だけにしてください", "user and password must be ASCII"
        ) from None
    finally:
        server.user = server.password = ""  # smtplib keeps them, where a traceback could find them


@contextmanager
def _until_accepted(phase: str) -> Iterator[None]:
    """Turn a lost connection into a temporary error: nothing was handed over yet."""
    try:
        yield
    except (ssl.SSLCertVerificationError, smtplib.SMTPAuthenticationError):
        raise
    except (OSError, smtplib.SMTPException):
        raise Temporary(phase, _LOST) from None


def _not_accepted(phase: str, code: int, reply: bytes | str) -> Temporary | Refusal:
    """Return what a reply other than the expected one means before any recipient was named."""
    if code // 100 != 5:
        return Temporary(phase, _brief(code, reply))
    name = PHASES[phase]
    return Refusal(
        "argument",
        f"サーバーが受け付けません({name.ja}: {_brief(code, reply)})。送っていません",
        f"the server does not accept us ({name.en}: {_brief(code, reply)}); it was not sent",
    )


def _brief(code: int, reply: bytes | str) -> str:
    """Return a reply's code, with the enhanced one (RFC 3463); its words may be anything, also an address, and are left out."""
    words = (reply.decode("ascii", "replace") if isinstance(reply, bytes) else reply).split()
    parts = words[0].split(".") if words else []
    enhanced = len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts)
    return f"{code} {words[0]}" if enhanced else str(code)


def _untrusted(settings: Settings, error: ssl.SSLCertVerificationError) -> Refusal:
    reason = error.verify_message
    return Refusal(
        "argument",
        f"サーバー {settings.host} の証明書を確認できません({reason})。サーバー名と証明書を情報システム部門に確かめてください。"
        "送っていません",
        f"the certificate of the server {settings.host} cannot be verified ({reason}); ask your IT department about the "
        "server's name and its certificate; it was not sent",
    )
