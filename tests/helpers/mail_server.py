"""A real SMTP server for the tests: STARTTLS or TLS, AUTH, and every fault that a server and its network can have.

`received` is what the server took, that is what a recipient would find; the tests compare it with what the ledger says.
"""

# aiosmtpd looks for the handlers of a command by the command's name in capitals.
# ruff: noqa: N802

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "planner", "korekara-ha-himitsu-91"

Reply = Callable[["Faults", str], str | None]


@dataclass
class Faults:
    """What the server does wrong, and what it saw.

    Parameters
    ----------
    drop
        The step at which it closes the connection: connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA (before 354), text
        (after 354, inside the message), dot (after the message was taken, before its answer), QUIT.
    drops
        How many times it does so.
    replies
        Step (MAIL, RCPT, DATA) → what to answer instead, given these faults and the address; None for the usual answer.
    starttls, auth
        Whether it offers them.
    armed
        Whether it counts and drops connections yet: the one by which it was tried out is nobody's.
    """

    drop: str = ""
    drops: int = 1_000
    replies: dict[str, Reply] = field(default_factory=dict)
    starttls: bool = True
    auth: bool = True
    armed: bool = False
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    received: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    on_text: Callable[[], None] | None = None
    on_taken: Callable[[], None] | None = None

    def drops_at(self, step: str) -> bool:
        """Return whether the connection closes at this step, now."""
        self.asked.append(step)
        if self.drop != step or self.drops < 1:
            return False
        self.drops -= 1
        return True

    def reply(self, step: str, address: str = "") -> str | None:
        found = self.replies.get(step)
        return found(self, address) if found else None

    @property
    def reached(self) -> list[str]:
        """Every address that a mail reached, once for each mail."""
        return sorted(address for addresses, _ in self.received for address in addresses)


class FaultySMTP(SMTP):
    """aiosmtpd's server, with the faults in its way."""

    faults: Faults

    def _drops(self, step: str) -> bool:
        if self.faults.drops_at(step):
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return True
        return False

    def connection_made(self, transport: Any) -> None:
        first = self._original_transport is None  # it is called again when STARTTLS has encrypted the connection
        super().connection_made(transport)
        if first and self.faults.armed:
            self.faults.connections += 1
            self._drops("connect")

    async def smtp_EHLO(self, hostname: str) -> None:
        if not self._drops("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not self._drops("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not self._drops("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not self._drops("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not self._drops("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if self._drops("DATA"):
            return
        refused = self.faults.reply("DATA")
        if refused is not None:
            await self.push(refused)
            return
        if self.faults.drop == "text" or self.faults.on_text is not None:
            await self.push("354 go ahead")
            await self._reader.read(2_000)
            if self.faults.on_text is not None:
                self.faults.on_text()
            self._drops("text")
            return
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not self._drops("QUIT"):
            await super().smtp_QUIT(arg)


class Handler:
    """Takes mail, and notes what it took."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.faults.reply("MAIL", address)
        if refused is None:
            envelope.mail_from = address
        return refused or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.faults.reply("RCPT", address)
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: FaultySMTP, session: Session, envelope: Envelope) -> str:
        refused = self.faults.reply("text")
        if refused is not None:
            return refused
        assert isinstance(envelope.original_content, bytes)
        self.faults.received.append((tuple(envelope.rcpt_tos), envelope.original_content))
        if self.faults.on_taken is not None:
            self.faults.on_taken()
        server._drops("dot")
        return "250 OK"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


class FaultyController(Controller):
    """Serves on a free port of 127.0.0.1."""

    def __init__(self, faults: Faults, context: ssl.SSLContext, *, implicit: bool) -> None:
        self.faults = faults
        self._starttls = None if implicit or not faults.starttls else context
        super().__init__(
            Handler(faults), hostname="127.0.0.1", port=_free_port(), ssl_context=context if implicit else None
        )

    def factory(self) -> SMTP:
        encrypted = self._starttls is not None
        server = FaultySMTP(
            self.handler,
            hostname="mail.example.co.jp",
            tls_context=self._starttls,
            require_starttls=encrypted,
            authenticator=_authenticate,
            auth_required=self.faults.auth and encrypted,
            auth_require_tls=encrypted,
        )
        server.faults = self.faults
        return server


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Certificates:
    """A company's own authority, and the certificates of its mail server: good, for another host, and expired."""

    authority: Path
    contexts: dict[str, ssl.SSLContext]


@cache
def certificates(folder: Path) -> Certificates:
    folder.mkdir(parents=True, exist_ok=True)
    ours, stranger = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(folder / "authority.pem")
    long_ago = datetime.now(UTC) - timedelta(days=2)
    issued = {
        "good": ours.issue_cert("localhost", "127.0.0.1"),
        "other host": ours.issue_cert("mail.example.com"),
        "expired": ours.issue_cert(
            "localhost", "127.0.0.1", not_before=long_ago, not_after=long_ago + timedelta(days=1)
        ),
        "other authority": stranger.issue_cert("localhost", "127.0.0.1"),
    }
    contexts = {}
    for name, certificate in issued.items():
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(contexts[name])
    return Certificates(folder / "authority.pem", contexts)


@contextmanager
def serving(faults: Faults, context: ssl.SSLContext, *, implicit: bool = False) -> Iterator[int]:
    """Serve with these faults, and yield the port."""
    controller = FaultyController(faults, context, implicit=implicit)
    controller.start()
    faults.armed = True
    try:
        yield controller.port
    finally:
        controller.stop()
