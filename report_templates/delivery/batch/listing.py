"""What was made, for a person: index.html to open the pages from, accounts.csv for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.commands.export import csv_bytes
from report_templates.document.report_data import read
from report_templates.gates import gates
from report_templates.print import render
from report_templates.texts.formatting import day
from report_templates.texts.texts import Count, plain, say
from report_templates.texts.typeface import brief, printable, shortened

if TYPE_CHECKING:
    from engine.language.errors import Lang, Text
    from engine.scoring.portfolio import Portfolio
    from report_templates.delivery.batch.run import Done
    from report_templates.delivery.batch.worker import Job, Outcome


def listing(portfolio: Portfolio, done: Done, lang: Lang) -> dict[str, bytes]:
    """Return `index.html` and `accounts.csv` on the pages of a batch, the failed ones with their reasons.

    Raises
    ------
    GateFailed
        When the index is no sound document.
    """
    failed = {each.job.file: each for each in done.failed}
    by_customer: dict[int, list[Job]] = {}
    for job in done.jobs:
        by_customer.setdefault(job.position, []).append(job)
    markup = render.page(
        "batch/index.html.jinja",
        lang,
        title=say("batch.title"),
        lead=say(
            "batch.lead",
            as_of=day(portfolio.as_of),
            run=portfolio.handle,
            n=Count(len(done.jobs) - len(failed)),
            customers=Count(len(by_customer)),
        ),
        failed=say("batch.failed", n=Count(len(failed))) if failed else None,
        confidential=say("report.confidential"),
        heads=tuple(say(f"batch.col_{head}") for head in ("customer", "id", "segment", "sales", "pages")),
        rows=tuple(_build_listing_row(portfolio, position, jobs, failed) for position, jobs in by_customer.items()),
        unit=read(portfolio).money.label,
    )
    gates.check_html(markup)
    return {"index.html": markup.encode("utf-8"), "accounts.csv": _csv(portfolio, done, failed, lang)}


def _build_listing_row(
    portfolio: Portfolio, position: int, jobs: list[Job], failed: dict[str, Outcome]
) -> dict[str, object]:
    reading, row = read(portfolio), portfolio.frame.iloc[position]
    links, reasons = [], []
    for job in jobs:
        outcome = failed.get(job.file)
        if outcome is None or outcome.failure is None:
            links.append((job.file, _label_document_kind(job.format, job.lang)))
        else:
            reasons.append(outcome.failure.text)
    return {
        "name": reading.name(position, 30),
        "id": plain(shortened(brief(printable(str(row["customer_id"]))), 16)),
        "segment": portfolio.segment_text("standard", str(row["segment_standard"])),
        "sales": reading.money.plain(None if row.isna()["sales_12m"] else float(row["sales_12m"])),
        "links": tuple(links),
        "reasons": tuple(dict.fromkeys(reasons)),
    }


def _label_document_kind(kind: str, lang: str) -> Text:
    return say(f"batch.{kind}_{lang}")


def _csv(portfolio: Portfolio, done: Done, failed: dict[str, Outcome], lang: Lang) -> bytes:
    heads = ("id", "customer", "file", "lang", "state", "reason")
    rows: list[list[object]] = [[say(f"batch.csv_{head}").to(lang) for head in heads]]
    for job in done.jobs:
        row, outcome = portfolio.frame.iloc[job.position], failed.get(job.file)
        state = say("batch.state_made" if outcome is None else "batch.state_failed").to(lang)
        reason = outcome.failure.text.to(lang) if outcome is not None and outcome.failure is not None else ""
        rows.append(
            [str(row["customer_id"]), str(row["name"]), job.file if outcome is None else "", job.lang, state, reason]
        )
    return csv_bytes(rows)
