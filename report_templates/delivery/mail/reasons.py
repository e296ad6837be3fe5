"""What the ledger says of a failure, `phase: reason` in words that never change, as a person reads it."""

from __future__ import annotations

from typing import Final

from engine.language.errors import Text

LOST: Final = "connection lost"
UNREACHED: Final = "no connection"
INTERRUPTED: Final = "interrupted"
NONSENSE: Final = "no answer in SMTP"
DIED: Final = "process ended"
PERSON: Final = "person"
PHASES: Final[dict[str, Text]] = {
    "connect": Text("接続", "connecting"),
    "hello": Text("あいさつ(EHLO)", "greeting (EHLO)"),
    "starttls": Text("暗号化(STARTTLS)", "encryption (STARTTLS)"),
    "auth": Text("認証(AUTH)", "authentication (AUTH)"),
    "mail": Text("差出人(MAIL)", "sender (MAIL)"),
    "rcpt": Text("宛先(RCPT)", "recipient (RCPT)"),
    "data": Text("本文(DATA)", "message (DATA)"),
}
_REASONS: Final[dict[str, Text]] = {
    LOST: Text("切断された", LOST),
    UNREACHED: Text("接続できない", UNREACHED),
    INTERRUPTED: Text("中断した", INTERRUPTED),
    NONSENSE: Text("SMTPの返事でない", NONSENSE),
    DIED: Text("処理が途中で終わった", DIED),
    PERSON: Text("人が決めた", "decided by a person"),
}


def told(reply: str) -> Text:
    """Return what stands in the ledger, such as `data: connection lost` or `rcpt: 550 5.1.1`, in both languages."""
    phase, colon, reason = reply.partition(": ")
    if not colon:
        return _REASONS.get(reply, Text(reply, reply))
    why, where = _REASONS.get(reason, Text(reason, reason)), PHASES.get(phase, Text(phase, phase))
    return Text(f"{where.ja}: {why.ja}", f"{where.en}: {why.en}")
