"""How to send: server, sender and allow-list, from a file that only its owner may read and from the environment."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.language.errors import Refusal
from report_templates.delivery.mail.addresses import AllowList, Recipient, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

Security = Literal["starttls", "tls"]
PREFIX: Final = "PORTFOLIO_SMTP_"
FILE: Final = "mail.toml"
_PORTS: Final[dict[str, int]] = {"starttls": 587, "tls": 465}
_KEYS: Final = (
    "host",
    "port",
    "security",
    "user",
    "password",
    "from",
    "allow",
    "ca_file",
    "timeout",
    "attempts",
    "pause",
)
_NUMBERS: Final[dict[str, tuple[float, float, float]]] = {  # default, least, most
    "timeout": (60, 1, 600),
    "attempts": (4, 1, 10),
    "pause": (5, 0, 300),
}


class Secret:
    """A password that no print, log, error or traceback of ours can show; `reveal` is for the one place that needs it."""

    __slots__ = ("_word",)

    def __init__(self, word: str) -> None:
        self._word = word

    def __repr__(self) -> str:
        """Return nothing of the secret."""
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        """Return whether there is one."""
        return bool(self._word)

    def __reduce__(self) -> str:
        """Refuse to be written anywhere."""
        raise TypeError("a secret is not stored")

    def reveal(self) -> str:
        """Return the password."""
        return self._word


@dataclass(frozen=True, slots=True)
class Settings:
    """Where mail goes out, and to whom it may go.

    Parameters
    ----------
    host, port
        The server.
    security
        `starttls` or `tls` (from the first byte). There is no third way.
    user, password
        For AUTH; both blank for a relay that asks for none.
    sender
        The mailbox in From and in the envelope.
    allow
        Whom mail may go to.
    ca_file
        Certificates of a company's own authority, or None for the system's.
    timeout
        Seconds to wait for an answer of the server.
    attempts
        How often a temporary error is tried in all.
    pause
        Seconds before the second attempt; twice as long before each further one.
    """

    host: str
    port: int
    security: Security
    user: str
    password: Secret
    sender: Recipient
    allow: AllowList
    ca_file: Path | None
    timeout: float
    attempts: int
    pause: float


def settings_file() -> Path:
    """Return the file that is read where none is named: beside the runs of this user."""
    from engine.runs.store.layout import root

    return root() / FILE


def load(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings; what the environment tells (`PORTFOLIO_SMTP_HOST` …) goes before the file.

    Raises
    ------
    Refusal
        `missing_definition` where host, sender or allow-list are missing; `argument` for a value that cannot be used;
        `unreadable` for a file that others may read. No message quotes a password.
    """
    told = dict(_from_file(file))
    for key in _KEYS:
        word = (os.environ if environment is None else environment).get(f"{PREFIX}{key.upper()}")
        if word is not None and word.strip():
            told[key] = [each for each in word.split(",") if each.strip()] if key == "allow" else word
    for key in ("host", "from", "allow"):
        if not told.get(key):
            raise _refuse_missing_key(key)
    security = str(told.get("security", "starttls")).strip().lower()
    if security not in _PORTS:
        raise _refuse_unusable_setting("security", "starttls / tls")
    if bool(told.get("user")) != bool(told.get("password")):
        raise _refuse_missing_key("password" if told.get("user") else "user")
    return Settings(
        host=_read_text_setting(told, "host"),
        port=int(_read_number_setting(told, "port", (_PORTS[security], 1, 65535))),
        security="tls" if security == "tls" else "starttls",
        user=_read_text_setting(told, "user"),
        password=Secret(_read_text_setting(told, "password")),
        sender=parse(_read_text_setting(told, "from")),
        allow=AllowList.of(_check_allow_entries(told["allow"])),
        ca_file=_certificates(told),
        timeout=_read_number_setting(told, "timeout", _NUMBERS["timeout"]),
        attempts=int(_read_number_setting(told, "attempts", _NUMBERS["attempts"])),
        pause=_read_number_setting(told, "pause", _NUMBERS["pause"]),
    )


def _from_file(file: Path | None) -> dict[str, Any]:
    """Return the keys of the settings file; none where there is no file and none was named."""
    path = settings_file() if file is None else file
    try:
        with path.open("rb") as stream:
            _demand_private(path, os.fstat(stream.fileno()))
            document = tomllib.loads(stream.read().decode("utf-8"))
    except FileNotFoundError:
        if file is None:
            return {}
        raise Refusal(
            "unreadable",
            f"設定ファイル {path} がありません(--settings の場所を確かめてください。書き方は docs/mail.ja.md)",
            f"there is no settings file {path}; check --settings (how to write one: docs/mail.md)",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The decoder's message is left out: it may quote the line with the password.
        raise Refusal(
            "unreadable",
            f'設定ファイル {path.name} がTOMLとして読めません(文字列は " で囲んでください)',
            f'the settings file {path.name} is no TOML (put strings into ")',
        ) from None
    strange = sorted(set(document) - set(_KEYS))
    if strange:
        raise Refusal(
            "argument",
            f"設定ファイル {path.name} の項目 {'・'.join(strange)} は使えません(使えるのは {'・'.join(_KEYS)})",
            f"the settings file {path.name} has unknown keys: {', '.join(strange)} (known: {', '.join(_KEYS)})",
        )
    return document


def _demand_private(path: Path, found: os.stat_result) -> None:
    """Refuse a file that others may read or write: it holds a password and says who may receive mail.

    On Windows the mode says nothing; there the user's own folder is closed to others by its inherited permissions.
    """
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Refusal(
            "unreadable",
            f"設定ファイル {path} を本人以外も読み書きできます。chmod 600 で本人だけにしてください",
            f"others may read or write the settings file {path}; make it yours alone with chmod 600",
        )


def _read_text_setting(told: Mapping[str, Any], key: str) -> str:
    word = told.get(key, "")
    if not isinstance(word, str) or any(ord(each) < 32 for each in word):
        raise _refuse_unusable_setting(key, '"…"')
    return word if key == "password" else word.strip()


def _read_number_setting(told: Mapping[str, Any], key: str, bounds: tuple[float, float, float]) -> float:
    default, least, most = bounds
    written = told.get(key, default)
    try:
        number = float(written) if isinstance(written, (str, int, float)) and not isinstance(written, bool) else None
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise _refuse_unusable_setting(key, f"{least:g}–{most:g}")
    return number


def _check_allow_entries(allow: object) -> list[str]:
    if not isinstance(allow, list) or not all(isinstance(each, str) for each in allow):
        raise _refuse_unusable_setting("allow", '["example.co.jp"]')
    return allow


def _certificates(told: Mapping[str, Any]) -> Path | None:
    word = _read_text_setting(told, "ca_file")
    if not word:
        return None
    if not Path(word).is_file():
        raise Refusal("unreadable", f"証明書ファイル {word} がありません", f"there is no certificate file {word}")
    return Path(word)


def _refuse_missing_key(key: str) -> Refusal:
    place = settings_file()
    return Refusal(
        "missing_definition",
        f"送信の設定 {key} がありません。{place} か環境変数 {PREFIX}{key.upper()} に書いてください(docs/mail.ja.md)",
        f"the setting {key} for sending is missing; write it into {place} or {PREFIX}{key.upper()} (docs/mail.md)",
    )


def _refuse_unusable_setting(key: str, hint: str) -> Refusal:
    return Refusal(
        "argument",
        f"送信の設定 {key} の値が使えません({hint})",
        f"the value of the setting {key} cannot be used ({hint})",
    )
