"""A frozen plan of letters with a hash over everything that would reach a recipient, and the messages made of it.

Decision 0201: who gets which letter.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from engine.language.errors import Lang, Refusal, Text
from report_templates.delivery.mail.addresses import Recipient, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from report_templates.delivery.mail.body import Body

_LONGEST_SUBJECT: Final = 200
_LONGEST_KEY: Final = 60
_HASH: Final = 32  # hexadecimal digits that a person copies: 128 bits
_NOWHERE: Final = "customer-portfolio.invalid"  # RFC 2606: a draft belongs to no domain yet


@dataclass(frozen=True, slots=True)
class Edition:
    """The finished report that goes out.

    Parameters
    ----------
    run, whole
        Handle and whole hash of its run.
    as_of
        Its as-of date.
    lang
        Its language.
    title
        Its title, for subject and file name.
    pdf
        The attachment.
    body
        The body of the mail.
    """

    run: str
    whole: str
    as_of: date
    lang: Lang
    title: Text
    pdf: bytes
    body: Body

    @property
    def file_name(self) -> str:
        """The attachment's name, such as 顧客ポートフォリオ報告_2026-09-30.pdf."""
        return f"{self.title.to(self.lang).replace(' ', '-')}_{self.as_of.isoformat()}.pdf"

    @property
    def day(self) -> str:
        """The as-of date as the reader writes it."""
        as_of = self.as_of
        return f"{as_of.year}/{as_of.month}/{as_of.day}" if self.lang == "ja" else as_of.isoformat()


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: to one person; the first letter carries the copies, so that each of them comes once.

    Parameters
    ----------
    number
        1 for the first.
    to, copies
        Who receives it; all of them stand in its headers.
    edition
        What it carries; a masked edition is another one for everybody.
    """

    number: int
    to: Recipient
    copies: tuple[Recipient, ...]
    edition: Edition

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everybody who receives it."""
        return (self.to, *self.copies)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent, to whom, as what; `digest` stands for all of it.

    Parameters
    ----------
    period
        The period that is reported on, such as 2026-09.
    report
        Name of the report, with its language: portfolio.ja.
    revision
        1, and more for a report that was corrected on purpose.
    """

    letters: tuple[Letter, ...]
    subject: str
    sender: Recipient | None
    period: str
    report: str
    revision: int

    @property
    def digest(self) -> str:
        """The plan's hash: recipients, sender, subject, body, bytes and name of the attachment, period, revision, run."""
        document = {
            "key": [self.period, self.report, self.revision],
            "letters": [
                [letter.edition.whole, self.content(letter), *(str(each.header()) for each in letter.recipients)]
                for letter in self.letters
            ],
        }
        return _sha(json.dumps(document, ensure_ascii=False, sort_keys=True))[:_HASH]

    def content(self, letter: Letter) -> str:
        """Return the hash of what a letter's recipients receive, whoever else does."""
        edition = letter.edition
        document = {
            "from": None if self.sender is None else str(self.sender.header()),
            "subject": self.subject,
            "text": edition.body.text,
            "html": edition.body.html,
            "file": edition.file_name,
            "pdf": hashlib.sha256(edition.pdf).hexdigest(),
        }
        return _sha(json.dumps(document, ensure_ascii=False, sort_keys=True))

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everybody who receives a letter, each once."""
        return tuple(recipient for letter in self.letters for recipient in letter.recipients)

    def message_id(self, letter: Letter) -> str:
        """Return the letter's Message-ID: the same whenever the same report goes to the same person again."""
        parts = [letter.edition.whole, self.period, self.report, str(self.revision), letter.to.key]
        domain = _NOWHERE if self.sender is None else self.sender.domain
        return f"<portfolio.{_sha(json.dumps(parts))[:_HASH]}@{domain}>"

    def draft(self, letter: Letter) -> bytes:
        """Return a letter as an .eml file that mail programs open for editing; it has no sender and was never sent."""
        midnight = datetime.combine(letter.edition.as_of, time(), UTC)
        return self._written(letter, midnight, {"X-Unsent": "1"})

    def message(self, letter: Letter, when: datetime) -> bytes:
        """Return a letter as it is handed to the server, dated `when`."""
        return self._written(letter, when, {})

    def _written(self, letter: Letter, when: datetime, more: dict[str, str]) -> bytes:
        edition, name = letter.edition, self.message_id(letter)
        message = EmailMessage(policy=SMTP)
        if self.sender is not None and not more:
            message["From"] = self.sender.header()
        message["To"] = letter.to.header()
        if letter.copies:
            message["Cc"] = tuple(each.header() for each in letter.copies)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(when)
        message["Message-ID"] = name
        message["Auto-Submitted"] = "no" if more else "auto-generated"  # RFC 3834: no holiday notes in return
        for header, value in more.items():
            message[header] = value
        message.set_content(edition.body.text, charset="utf-8", cte="base64")
        message.add_alternative(edition.body.html, subtype="html", charset="utf-8", cte="base64")
        # A name in ASCII in the place where very old programs look; all others read the one of RFC 2231.
        message.add_attachment(
            edition.pdf,
            maintype="application",
            subtype="pdf",
            filename=edition.file_name,
            params={"name": f"portfolio-{edition.as_of.isoformat()}.pdf"},
        )
        message["Content-Language"] = edition.lang
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_portfolio_{_sha(f'{name}{number}')[:_HASH]}")
        return message.as_bytes()


def plan_letters(
    edition: Edition | Callable[[Recipient], Edition],
    to: Sequence[Recipient],
    cc: Sequence[Recipient] = (),
    *,
    sender: Recipient | None = None,
    subject: str | None = None,
    period: str | None = None,
    report: str = "portfolio",
    revision: int = 1,
) -> Plan:
    """Return the plan of one letter per recipient of `to`; the first carries `cc`. Nobody is taken twice.

    Parameters
    ----------
    edition
        What everybody receives, or a function that makes it for the one to whom a letter goes.
    subject
        None for the title with the as-of date, and the revision from the second on.
    period
        None for the month of the as-of date: within a month nobody gets a second report unasked.

    Raises
    ------
    Refusal
        `argument` without a recipient, for a subject of several lines, for a period or report name that is blank or too
        long, for a revision below 1.
    """
    addressed = {each.key: each for each in reversed(to)}
    primary = [each for each in to if addressed[each.key] is each]
    beside = {each.key: each for each in reversed(cc)}
    copies = [each for each in cc if beside[each.key] is each and each.key not in addressed]
    demand_recipients(primary)
    if revision < 1:
        raise Refusal("argument", "--revision は1以上の整数です", "--revision is a whole number from 1 on")
    made = [edition if isinstance(edition, Edition) else edition(each) for each in primary]
    letters = tuple(
        Letter(number, each, tuple(copies) if number == 1 else (), its)
        for number, (each, its) in enumerate(zip(primary, made, strict=True), start=1)
    )
    first = made[0]
    return Plan(
        letters=letters,
        subject=_subject(first, revision) if subject is None else _given("--subject", subject, _LONGEST_SUBJECT),
        sender=sender,
        period=f"{first.as_of:%Y-%m}" if period is None else _given("--period", period, _LONGEST_KEY),
        report=f"{_given('--report', report, _LONGEST_KEY)}.{first.lang}",
        revision=revision,
    )


def demand_recipients(to: Sequence[object]) -> None:
    """Refuse letters to nobody.

    Raises
    ------
    Refusal
        `argument`.
    """
    if not to:
        raise Refusal(
            "argument", "宛先がありません(--to sato@example.co.jp)", "there is no recipient (--to sato@example.co.jp)"
        )


def _subject(edition: Edition, revision: int) -> str:
    again = Text("", "") if revision == 1 else Text(f"(改訂{revision})", f" (revision {revision})")
    return f"{edition.title.to(edition.lang)} {edition.day}{again.to(edition.lang)}"


def _given(option: str, word: str, longest: int) -> str:
    """Return a word that goes into a header or a key, or refuse it where it is not one line of its length."""
    if not word.strip() or one_line(word, longest) != " ".join(word.split()) or "\n" in word or "\r" in word:
        raise Refusal(
            "argument",
            f"{option} は改行や制御文字のない1〜{longest}文字にしてください",
            f"{option} must be 1 to {longest} characters without line breaks or control characters",
        )
    return " ".join(word.split())


def _sha(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8")).hexdigest()
