"""A session with the server: encrypted and verified, or none; authenticated once; every loss before a message is temporary."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal
from report_templates.delivery.mail.reasons import LOST, NONSENSE, PHASES, UNREACHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from report_templates.delivery.mail.settings import Settings

OK: Final = 250  # RFC 5321 §4.2.3
_READY: Final = 220


class Temporary(Exception):  # noqa: N818 - what it says: worth another attempt
    """The server, or the way to it, could not take the letter now, and surely has not taken it."""

    def __init__(self, phase: str, reply: str) -> None:
        super().__init__(f"{phase}: {reply}")
        self.phase, self.reply = phase, reply


@contextmanager
def session(settings: Settings) -> Iterator[smtplib.SMTP]:
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
        raise not_accepted(phase, error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException):
        raise Temporary(phase, UNREACHED) from None


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
        with until_accepted("starttls"):
            code, reply = server.starttls(context=_trust(settings))
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(settings, error) from None
    if code != _READY:
        raise not_accepted("starttls", code, reply)
    _hello(server)


def _hello(server: smtplib.SMTP) -> None:
    with until_accepted("hello"):
        code, reply = server.ehlo()
    if code != OK:
        raise not_accepted("hello", code, reply)


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
        with until_accepted("auth"):
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
def until_accepted(phase: str) -> Iterator[None]:
    """Turn a lost connection into a temporary error: nothing was handed over yet."""
    try:
        yield
    except (ssl.SSLCertVerificationError, smtplib.SMTPAuthenticationError):
        raise
    except (OSError, smtplib.SMTPException):
        raise Temporary(phase, LOST) from None


def not_accepted(phase: str, code: int, reply: bytes | str) -> Temporary | Refusal:
    """Return what a reply other than the expected one means before any recipient was named."""
    if code // 100 != 5:
        return Temporary(phase, brief(code, reply))
    name = PHASES[phase]
    return Refusal(
        "argument",
        f"サーバーが受け付けません({name.ja}: {brief(code, reply)})。送っていません",
        f"the server does not accept us ({name.en}: {brief(code, reply)}); it was not sent",
    )


def brief(code: int, reply: bytes | str) -> str:
    """Return a reply's code, with the enhanced one (RFC 3463); its words may be anything, also an address, and are left out."""
    if code < 0:
        return NONSENSE
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
