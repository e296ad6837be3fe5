"""A small finished report and its plan for the tests of mail, and the settings of their server."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engine.language.errors import Text
from helpers.mail_server import PASSWORD, USER
from report_templates.delivery.mail.addresses import AllowList, parse
from report_templates.delivery.mail.body import Body
from report_templates.delivery.mail.letters import Edition, Plan, plan_letters
from report_templates.delivery.mail.settings import Secret, Security, Settings

SENDER = "営業企画 <kikaku@example.co.jp>"
BOSS, CFO, AIDE = "sato@example.co.jp", "suzuki@example.co.jp", "aide@example.co.jp"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\r\n.\r\n..\n.\r%%EOF\n"
TITLE = Text("顧客ポートフォリオ報告", "Customer portfolio report")


def edition(pdf: bytes = PDF, whole: str = "5" * 64) -> Edition:
    body = Body("結論: 売上は前年比+3.2%\n.\n..先頭の点\n", "<!DOCTYPE html><p>結論: 売上は前年比+3.2%</p>")
    return Edition(f"PF-20260930-{whole[:6]}", whole, date(2026, 9, 30), "ja", TITLE, pdf, body)


def plan(to: tuple[str, ...] = (BOSS,), cc: tuple[str, ...] = (), *, pdf: bytes = PDF, revision: int = 1) -> Plan:
    return plan_letters(
        edition(pdf),
        [parse(each) for each in to],
        [parse(each) for each in cc],
        sender=parse(SENDER),
        revision=revision,
    )


def settings(
    port: int,
    authority: Path | None,
    *,
    security: Security = "starttls",
    password: str = PASSWORD,
    attempts: int = 3,
    host: str = "localhost",
) -> Settings:
    return Settings(
        host=host,
        port=port,
        security=security,
        user=USER,
        password=Secret(password),
        sender=parse(SENDER),
        allow=AllowList.of(["example.co.jp"]),
        ca_file=authority,
        timeout=10,
        attempts=attempts,
        pause=0,
    )
