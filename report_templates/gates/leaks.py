"""The gate of masked editions: a finished PDF, HTML or mail that tells a raw name in any place is not kept.

Searched are the printed words page by page, and everything around them: metadata, alternative texts, bookmarks, link
targets, attachments, attributes, comments, scripts and JSON, escaped and encoded forms, and the file's own name.

Decision 0215: why names are searched by folded words.
"""

from __future__ import annotations

import email
import email.policy
import tomllib
from functools import cache
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Final

from engine.definition.definition import load_definition
from engine.language.errors import Text
from engine.reading.columns import TABLES, columns, table_text
from engine.runs.disclosure import KINDS, REASONS, Hit, Secrets
from engine.runs.masked_run import labels_of
from report_templates.gates.gates import GateFailed
from report_templates.gates.leak_pages import in_pdf
from report_templates.gates.leak_places import Place, in_html, plain_places
from report_templates.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from email.message import EmailMessage

    from engine.scoring.portfolio import Portfolio

_MOST: Final = 5  # places that a refusal lists
_PEOPLE: Final = frozenset(
    {"from", "to", "cc", "sender", "reply-to", "message-id", "date"}
)  # who it is for is no secret


def searched_for(portfolio: Portfolio, secrets: Secrets) -> Secrets:
    """Return the secrets as they are searched for in a report on the masked `portfolio`.

    What the report says anyway cannot be told from a secret: its fixed texts, the vocabulary, the labels of the data, and
    of the definition what names nobody.
    """
    defined = sorted(set(_yield_json_strings(tomllib.loads(portfolio.definition.to_toml()))))
    told = secrets.search(defined)
    harmless = {word for at, word in enumerate(defined) if not _includes_name_hit(told.get(at, set()))}
    return secrets.beside(_own_texts() | labels_of(portfolio) | harmless)


def _includes_name_hit(hits: set[Hit]) -> bool:
    return any(hit.kind != "text" for hit in hits)


@cache
def _own_texts() -> frozenset[str]:
    """Return what reports say whatever the data are, in both languages."""
    found = {form for text in texts.unfilled() for form in text}
    found |= {word for table in TABLES for word in (*table_text(table), *(w for c in columns(table) for w in c.text))}
    found |= set(_yield_json_strings(tomllib.loads(load_definition().to_toml())))
    for name in ("words.toml", "glossary.toml"):
        found |= set(
            _yield_json_strings(tomllib.loads(resources("engine.language").joinpath(name).read_text(encoding="utf-8")))
        )
    return frozenset(found)


def _yield_json_strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _yield_json_strings(value)
    elif isinstance(node, list):
        for each in node:
            yield from _yield_json_strings(each)


def check(files: Mapping[str, bytes], secrets: Secrets) -> None:
    """Refuse finished documents that tell a secret.

    Parameters
    ----------
    files
        The documents by file name; `.pdf`, `.html` and `.eml` are read as such, anything else as text.
    secrets
        As `searched_for` returns them.

    Raises
    ------
    GateFailed
        With document, place and kind of what is told, never with the words themselves.
    """
    found = [(name, place, hit) for name, content in files.items() for place, hit in leaks_in(name, content, secrets)]
    if not found:
        return
    listed = [
        _write_leak_finding("" if secrets.tells(name) else name, place, hit) for name, place, hit in found[:_MOST]
    ]
    more = (
        Text("", "") if len(found) <= _MOST else Text(f" ほか{len(found) - _MOST}件", f" and {len(found) - _MOST} more")
    )
    raise GateFailed(
        f"マスキング版に伏せるべき言葉が残っています: {'、'.join(each.ja for each in listed)}{more.ja}。"
        "テンプレートや定義に名前を書いていないか確かめてください",
        f"the masked edition tells what it must hide: {', '.join(each.en for each in listed)}{more.en}; "
        "look for names in your templates and definition",
    )


def _write_leak_finding(name: str, place: Text, hit: Hit) -> Text:
    kind = KINDS[hit.kind]
    cut = Text("(省略形)", " (cut off)") if hit.cut else Text("", "")
    return Text(f"{name} {place.ja}: {kind.ja}{cut.ja}".strip(), f"{name} {place.en}: {kind.en}{cut.en}".strip())


def leaks_in(name: str, content: bytes, secrets: Secrets) -> list[tuple[Text, Hit]]:
    """Return the places of one document that tell a secret, each with what kind of one; every pair once."""
    shown = Text("ファイル名", "file name")
    places = list(dict.fromkeys(((shown, name), *_yield_file_places(name, content))))
    told = secrets.search([text for _, text in places])
    found: dict[tuple[Text, Hit], None] = {}
    for number in sorted(told):
        for hit in sorted(told[number], key=lambda each: (each.kind, each.cut)):
            found.setdefault((places[number][0], hit))
    return list(found)


def _yield_file_places(name: str, content: bytes) -> Iterable[Place]:
    suffix = name.rpartition(".")[2].lower()
    if suffix == "pdf":
        return in_pdf(content)
    if suffix in ("html", "htm", "svg", "xml"):
        return in_html(content.decode("utf-8", "replace"))
    if suffix == "eml":
        return _in_mail(content)
    return plain_places(name, content)


def _in_mail(content: bytes) -> Iterator[Place]:
    """Yield the subject and other headers, the bodies and the attachments of a message."""
    message: EmailMessage = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        for header, value in part.items():
            if header.lower() not in _PEOPLE:
                yield Text(f"ヘッダー {header}", f"header {header}"), str(value)
        if part.is_multipart():
            continue
        file_name = part.get_filename()
        body = part.get_payload(decode=True)
        inside = body if isinstance(body, bytes) else b""
        if file_name:
            yield Text("添付のファイル名", "name of an attachment"), file_name
        ending = {"text/html": ".html", "application/pdf": ".pdf"}.get(part.get_content_type(), ".txt")
        for place, text in _yield_file_places(file_name or f"body{ending}", inside):
            yield Text(f"メールの{place.ja}", f"mail, {place.en}"), text


def notes(secrets: Secrets) -> tuple[Text, ...]:
    """Return one sentence on the secrets that the gate could not search for, by kind and reason; none without any."""
    counts: dict[Text, int] = {}
    for each in secrets.unsearched:
        kind, reason = KINDS[each.kind], REASONS[each.reason]
        label = Text(f"{kind.ja}({reason.ja})", f"{kind.en} ({reason.en})")
        counts[label] = counts.get(label, 0) + 1
    if not counts:
        return ()
    ja = "、".join(f"{label.ja} {n}件" for label, n in counts.items())
    en = ", ".join(f"{n} × {label.en}" for label, n in counts.items())
    return (
        Text(
            f"漏えい検査で文中を検索できなかった値があります(仮名には置き換えています): {ja}",
            f"Some values are replaced but cannot be searched for inside sentences: {en}",
        ),
    )
