"""Recipients: read strictly, written safely into headers, and compared with the allow-list."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from typing import TYPE_CHECKING, Final

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHAPE: Final = re.compile(r"(?:(?P<name>[^<>]*)<(?P<inside>[^<>]*)>|(?P<bare>[^<>]*))")
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_LOCAL, _LONGEST_DOMAIN, _LONGEST_NAME = 64, 253, 60  # RFC 5321 §4.5.3.1; a name of our own choice


@dataclass(frozen=True, slots=True)
class Recipient:
    """A mailbox.

    Parameters
    ----------
    name
        The name beside it, without control and direction marks; blank where none was given.
    local
        What stands before the @, as it was written.
    domain
        What stands behind it, in lower case and in ASCII (`例え.jp` is `xn--r8jz45g.jp`).
    """

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """The address alone, as it is told to the server."""
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """The address as it is compared: no mail system in use tells `Sato@` and `sato@` apart."""
        return self.address.lower()

    def header(self) -> Address:
        """Return the mailbox for a header; the library quotes and encodes the name."""
        return Address(display_name=self.name, username=self.local, domain=self.domain)


def one_line(word: str, longest: int) -> str:
    r"""Return `word` without control, line and direction marks, cut to `longest` characters: safe in a header.

    A control character becomes a space, so that `Sato\r\nBcc: x` cannot begin a header of its own.
    """
    kept = []
    for character in unicodedata.normalize("NFC", word):
        category = unicodedata.category(character)
        if category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"}:
            kept.append(character)
    return " ".join("".join(kept).split())[:longest]


def parse(written: str) -> Recipient:
    """Return the one mailbox that `written` names, `a@example.co.jp` or `佐藤 <a@example.co.jp>`.

    Raises
    ------
    Refusal
        `argument` for several addresses, line breaks, a part that no mailbox can have, or letters beyond ASCII before
        the @ (few servers take them).
    """
    found = _SHAPE.fullmatch(written.strip())
    if found is None or any(unicodedata.category(each) in {"Cc", "Zl", "Zp"} for each in written):
        raise _refuse_unusable_address(written)
    address = (found["bare"] if found["inside"] is None else found["inside"]).strip()
    local, at, domain = address.rpartition("@")
    if not at or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise _refuse_unusable_address(written)
    ascii_domain = _domain(domain)
    if ascii_domain is None:
        raise _refuse_unusable_address(written)
    return Recipient(one_line((found["name"] or "").strip().strip('"'), _LONGEST_NAME), local, ascii_domain)


def _domain(written: str) -> str | None:
    """Return a domain in ASCII and lower case, or None where it is none."""
    try:
        domain = written.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    whole = 0 < len(domain) <= _LONGEST_DOMAIN and all(_LABEL.fullmatch(label) for label in domain.split("."))
    return domain if whole else None


def _refuse_unusable_address(written: str) -> Refusal:
    shown = one_line(written, 80)
    return Refusal(
        "argument",
        f"「{shown}」は1つのメールアドレスとして読めません(例: sato@example.co.jp または 佐藤 <sato@example.co.jp>。"
        "複数のときは --to を繰り返してください)",
        f'"{shown}" cannot be read as one address (such as sato@example.co.jp or Sato <sato@example.co.jp>; '
        "repeat --to for several)",
    )


@dataclass(frozen=True, slots=True)
class AllowList:
    """Whom mail may be sent to: whole addresses, and domains of which every address is allowed.

    A domain is compared as a whole: `example.co.jp` allows neither `sub.example.co.jp` nor `bad-example.co.jp`.
    """

    addresses: frozenset[str]
    domains: frozenset[str]

    @staticmethod
    def of(entries: Iterable[str]) -> AllowList:
        """Return the list of `a@example.co.jp`, `example.co.jp` and `@example.co.jp`.

        Raises
        ------
        Refusal
            `argument` for an entry that is neither, such as one with a wildcard.
        """
        addresses, domains = set[str](), set[str]()
        for entry in (each.strip() for each in entries):
            if "@" in entry[1:]:
                addresses.add(parse(entry).key)
                continue
            domain = _domain(entry.removeprefix("@"))
            if domain is None:
                shown = one_line(entry, 80)
                raise Refusal(
                    "argument",
                    f"許可リストの「{shown}」が読めません(例: example.co.jp または sato@example.co.jp。* は使えません)",
                    f'"{shown}" in the allow-list cannot be read (such as example.co.jp or sato@example.co.jp; no *)',
                )
            domains.add(domain)
        return AllowList(frozenset(addresses), frozenset(domains))

    def allows(self, recipient: Recipient) -> bool:
        """Return whether mail may go to `recipient`."""
        return recipient.key in self.addresses or recipient.domain in self.domains

    def demand(self, recipients: Iterable[Recipient]) -> None:
        """Refuse where any of the recipients is not allowed."""
        strangers = [recipient.address for recipient in recipients if not self.allows(recipient)]
        if strangers:
            names = ", ".join(strangers)
            raise Refusal(
                "argument",
                f"許可リストにない宛先です: {names}。送ってよい相手なら、設定の allow に足してください(何も送っていません)",
                f"not in the allow-list: {names}; if they may receive it, add them to allow in the settings "
                "(nothing was sent)",
            )
