"""The body of the mail: the conclusion, the five numbers and the decisions of the report's first page, as text and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.language.errors import Lang, Text
from report_templates.print.render import whole_codes
from report_templates.sections.record.track_record import TrackRecord
from report_templates.sections.summary.summary import Summary
from report_templates.texts.texts import say

if TYPE_CHECKING:
    from report_templates.document.document import Report

_NUMBERS: Final = Text("主な数字", "Main numbers")
_FINDINGS: Final = Text("主な指摘(期待金額の大きい順)", "Main findings, the most money first")
_GREETING: Final = Text("関係者の皆さま", "Dear colleagues,")
_SENT: Final = Text(
    "お世話になっております。顧客ポートフォリオ報告をお送りいたします。要点は次のとおりです。",
    "Please find attached the report on our customer portfolio. In short:",
)
_ATTACHED: Final = Text(
    "詳細は添付のPDFをご覧ください。ご確認のほど、よろしくお願いいたします。",
    "The attached PDF has the details. Thank you for your attention.",
)


@dataclass(frozen=True, slots=True)
class Body:
    """The same content twice, for mail programs with and without HTML."""

    text: str
    html: str


def body_of(report: Report, lang: Lang) -> Body:
    """Return the body of a mail that carries `report`."""
    summary = next(section for section in report.sections if isinstance(section, Summary))
    content: dict[str, Any] = {
        "lang": lang,
        "title": report.title.to(lang),
        "about": report.subject.to(lang),
        "conclusion": summary.message.to(lang),
        "tiles": [
            {
                "label": tile.label.to(lang),
                "number": _with_unit(tile.number, tile.unit, lang),
                "detail": tile.detail.to(lang),
            }
            for tile in summary.tiles
        ],
        "findings": [each.to(lang) for each in summary.findings],
        "decisions": [
            {"ask": each.ask.to(lang), "reason": each.reason.to(lang), "who": each.who.to(lang)}
            for each in summary.decisions
        ],
        "notes": [note.to(lang) for note in (*summary.notes, *_track_record(report))],
        "confidential": report.stamp.confidential.to(lang),
        "foot": report.stamp.foot.to(lang),
        "words": {
            "greeting": _GREETING.to(lang),
            "sent": _SENT.to(lang),
            "numbers": _NUMBERS.to(lang),
            "findings": _FINDINGS.to(lang),
            "decisions": say("summary.decisions").to(lang),
            "none": say("summary.decisions_none").to(lang),
            "attached": _ATTACHED.to(lang),
        },
    }
    markup = _build_mail_environment().get_template("body.html.jinja").render(content)
    return Body(_text(content), whole_codes(markup, 'style="white-space:nowrap"') if report.stamp.masked else markup)


def _track_record(report: Report) -> tuple[Text, ...]:
    """Return the sentence on how past grades came true, where the report has that page."""
    return tuple(section.sentence for section in report.sections if isinstance(section, TrackRecord))


def _with_unit(number: Text, unit: Text, lang: Lang) -> str:
    return " ".join(filter(None, (number.to(lang), unit.to(lang))))


@cache
def _build_mail_environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(content: dict[str, Any]) -> str:
    """Return the body for mail programs that show no HTML."""
    words = content["words"]
    lines = [
        words["greeting"],
        "",
        words["sent"],
        "",
        content["title"],
        content["about"],
        "",
        content["conclusion"],
        "",
    ]
    lines.append(f"■ {words['numbers']}")
    for tile in content["tiles"]:
        detail = f" | {tile['detail']}" if tile["detail"] else ""  # brackets stand in many of them already
        lines.append(f"・{tile['label']}: {tile['number']}{detail}")
    if content["findings"]:
        lines += ["", f"■ {words['findings']}", *(f"・{each}" for each in content["findings"])]
    lines += ["", f"■ {words['decisions']}"]
    for number, each in enumerate(content["decisions"], start=1):
        lines += [f"{number}. {each['ask']}", f"   {each['reason']}", f"   {each['who']}"]
    if not content["decisions"]:
        lines.append(words["none"])
    lines += ["", *content["notes"], words["attached"], "", f"{content['confidential']} ・ {content['foot']}", ""]
    return "\n".join(lines)
