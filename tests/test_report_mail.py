"""Recipients, settings, drafts, plans and the command of the mail: what is written, what is refused, what is never shown."""

from __future__ import annotations

import email
import json
import os
import pickle
import re
import stat
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from helpers.builders import golden_csv
from helpers.mail_server import PASSWORD, USER, Certificates, Faults, certificates, serving
from helpers.mails import AIDE, BOSS, CFO, PDF, SENDER, edition, plan
from helpers.reports import finished, golden, hostile, report_of
from hypothesis import given
from hypothesis import strategies as st

from engine.language.errors import Refusal, Text
from engine.scoring.portfolio import Portfolio
from report_templates.command import main
from report_templates.delivery.mail import delivery, reasons
from report_templates.delivery.mail import ledger as ledger_room
from report_templates.delivery.mail.addresses import AllowList, Recipient, one_line, parse
from report_templates.delivery.mail.body import body_of
from report_templates.delivery.mail.command import edition_of
from report_templates.delivery.mail.ledger import ledger_file, opened
from report_templates.delivery.mail.letters import plan_letters
from report_templates.delivery.mail.settings import Secret, load, settings_file
from report_templates.document.document import Report
from report_templates.editions import make, masking
from report_templates.view import view


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


# ---- recipients ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Sato@Example.CO.JP", Recipient("", "Sato", "example.co.jp")),
        ("佐藤 太郎 <sato@example.co.jp>", Recipient("佐藤 太郎", "sato", "example.co.jp")),
        ('"Sato, Taro" <sato@example.co.jp>', Recipient("Sato, Taro", "sato", "example.co.jp")),
        ("a@例え.テスト", Recipient("", "a", "xn--r8jz45g.xn--zckzah")),
        ("a@ｅｘａｍｐｌｅ.co.jp", Recipient("", "a", "example.co.jp")),
        ("\u202eレバ\u202c <a@example.jp>", Recipient("レバ", "a", "example.jp")),
    ],
)
def test_addresses_are_read_as_people_write_them(written: str, expected: Recipient) -> None:
    assert parse(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "sato",
        "@example.co.jp",
        "sato@",
        "a@b@example.co.jp",
        "a@example.co.jp, b@example.co.jp",
        "a@example.co.jp\nBcc: b@example.co.jp",
        "佐藤\r\nBcc: b@x.jp <a@example.co.jp>",
        "a@example.co.jp\0",
        "A <a@example.co.jp> <b@example.co.jp>",
        "佐藤@example.co.jp",
        "a@[127.0.0.1]",
        "a@exa mple.jp",
        "a@-example.jp",
        "a@example..jp",
        "a..b@example.jp",
        "a" * 65 + "@example.jp",
    ],
)
def test_what_is_not_one_address_is_refused(written: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(written)
    assert "\n" not in caught.value.to("ja") + caught.value.to("en")


@given(st.text(max_size=40))
def test_no_name_can_add_a_header(name: str) -> None:
    letters = plan_letters(edition(), [Recipient(one_line(name, 60), "a", "example.co.jp")])
    message = read(letters.draft(letters.letters[0]))
    assert set(message.keys()) == {
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Unsent",
        "MIME-Version",
        "Content-Type",
        "Content-Language",
    }
    assert [each.addr_spec for each in message["To"].addresses] == ["a@example.co.jp"]


def test_the_allow_list_compares_whole_domains_and_addresses() -> None:
    allow = AllowList.of(["Example.co.jp", "@例え.jp", "Boss@other.jp"])
    allowed = ("x@example.co.jp", "x@EXAMPLE.CO.JP", "x@xn--r8jz45g.jp", "x@例え.jp", "boss@other.jp", "BOSS@Other.jp")
    assert [each for each in allowed if not allow.allows(parse(each))] == []
    strangers = ("x@sub.example.co.jp", "x@bad-example.co.jp", "x@example.co.jp.evil.jp", "x@other.jp", "x@例.jp")
    assert [each for each in strangers if allow.allows(parse(each))] == []


@pytest.mark.parametrize("entry", ["*", "*.example.co.jp", "", "example.co.jp evil.jp", "a@*"])
def test_an_allow_list_has_no_wildcards(entry: str) -> None:
    with pytest.raises(Refusal):
        AllowList.of([entry])


# ---- settings ------------------------------------------------------------------------------------------------------------

TOML = f"""
host = "smtp.example.co.jp"
user = "{USER}"
password = "{PASSWORD}"
from = "{SENDER}"
allow = ["example.co.jp", "cfo@holding.example"]
"""


def written(folder: Path, content: str = TOML, mode: int = 0o600) -> Path:
    file = folder / "mail.toml"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return file


def test_settings_come_from_a_private_file_and_the_environment_goes_first(tmp_path: Path) -> None:
    found = load(written(tmp_path), {})
    assert (found.host, found.port, found.security, found.attempts) == ("smtp.example.co.jp", 587, "starttls", 4)
    assert found.password.reveal() == PASSWORD
    told = {"PORTFOLIO_SMTP_HOST": "other", "PORTFOLIO_SMTP_SECURITY": "TLS", "PORTFOLIO_SMTP_ALLOW": "a.jp, b@c.jp"}
    found = load(written(tmp_path), told)
    assert (found.host, found.port, found.security) == ("other", 465, "tls")
    assert found.allow == AllowList.of(["a.jp", "b@c.jp"])


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_settings_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Refusal, match="chmod 600"):
        load(written(tmp_path, mode=mode), {})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("host =", "hots ="), "hots"),
        ((f'password = "{PASSWORD}"', ""), "password"),
        ((f'user = "{USER}"', ""), "user"),
        (("allow =", "timeout = 5 #"), "allow"),
        (('["example.co.jp", "cfo@holding.example"]', "[]"), "allow"),
        (('["example.co.jp", "cfo@holding.example"]', '"example.co.jp"'), "allow"),
        (("host =", 'security = "plain"\nhost ='), "security"),
        (("host =", "port = 0\nhost ="), "port"),
        (("host =", 'attempts = "many"\nhost ='), "attempts"),
        (("host =", 'ca_file = "/nowhere.pem"\nhost ='), "nowhere"),
        ((f'"{PASSWORD}"', f'"{PASSWORD}'), "TOML"),
        ((f'"{PASSWORD}"', "12345678"), "password"),
    ],
)
def test_wrong_settings_are_named_without_the_password(tmp_path: Path, change: tuple[str, str], word: str) -> None:
    with pytest.raises(Refusal) as caught:
        load(written(tmp_path, TOML.replace(*change)), {})
    shown = caught.value.to("ja") + caught.value.to("en")
    assert word in shown
    assert PASSWORD not in shown
    assert "12345678" not in shown


def test_without_settings_the_place_for_them_is_told() -> None:
    with pytest.raises(Refusal) as caught:
        load(None, {})
    assert str(settings_file()) in caught.value.text.ja
    assert "PORTFOLIO_SMTP_HOST" in caught.value.text.en


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(PASSWORD)
    assert PASSWORD not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


# ---- drafts and plans ----------------------------------------------------------------------------------------------------


def test_a_draft_is_opened_by_a_mail_program_and_is_the_same_to_the_byte() -> None:
    what = plan_letters(edition(), [parse(f"佐藤 太郎 <{BOSS}>"), parse(CFO)], [parse(AIDE)])
    first, second = (read(what.draft(letter)) for letter in what.letters)
    assert first["X-Unsent"] == "1"
    assert (first["To"], first["Cc"]) == (f"佐藤 太郎 <{BOSS}>", AIDE)
    assert (second["To"], second["Cc"]) == (CFO, None)
    assert first["From"] is None
    assert first["Subject"] == "顧客ポートフォリオ報告 2026/9/30"
    assert first["Date"].datetime == datetime(2026, 9, 30, tzinfo=UTC)
    assert first["Message-ID"] != second["Message-ID"]
    kinds = [part.get_content_type() for part in first.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    text, html = (first.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert {text.get_content_charset(), html.get_content_charset()} == {"utf-8"}
    assert text.get_content().replace("\r\n", "\n") == edition().body.text
    assert html.get_content().strip() == edition().body.html
    (attachment,) = first.iter_attachments()
    assert attachment.get_filename() == "顧客ポートフォリオ報告_2026-09-30.pdf"
    assert attachment.get_content() == PDF
    raw = what.draft(what.letters[0])
    assert b"filename*" in raw
    assert max(map(len, raw.splitlines())) < 998
    assert raw == what.draft(what.letters[0])


def test_only_drafts_are_unsent_and_sent_mail_says_who_sent_it() -> None:
    what = plan((BOSS,))
    when = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
    message = read(what.message(what.letters[0], when))
    assert message["X-Unsent"] is None
    assert message["From"] == SENDER
    assert message["Date"].datetime == when
    assert message["Message-ID"].endswith("@example.co.jp>")
    assert message["Message-ID"] == read(what.message(what.letters[0], datetime.now(UTC)))["Message-ID"]


def test_the_hash_of_a_plan_stands_for_everything_that_would_reach_somebody() -> None:
    base = edition()
    to, cc, sender = [parse(BOSS)], [parse(AIDE)], parse(SENDER)
    first = plan_letters(base, to, cc, sender=sender)
    changed = [
        plan_letters(base, [parse(CFO)], cc, sender=sender),
        plan_letters(base, to, [], sender=sender),
        plan_letters(base, [parse(f"佐藤 <{BOSS}>")], cc, sender=sender),
        plan_letters(base, to, cc, sender=parse("x@example.co.jp")),
        plan_letters(base, to, cc, sender=sender, subject="別の件名"),
        plan_letters(base, to, cc, sender=sender, period="2026-10"),
        plan_letters(base, to, cc, sender=sender, report="other"),
        plan_letters(base, to, cc, sender=sender, revision=2),
        plan_letters(edition(PDF + b"\n"), to, cc, sender=sender),
        plan_letters(edition(whole="6" * 64), to, cc, sender=sender),
    ]
    assert len({first.digest, *(each.digest for each in changed)}) == 1 + len(changed)
    assert plan_letters(edition(), to, cc, sender=sender).digest == first.digest


def test_nobody_is_written_to_twice() -> None:
    to = [parse(BOSS), parse(BOSS.upper()), parse(CFO)]
    what = plan_letters(edition(), to, [parse(AIDE), parse(CFO), parse(AIDE)])
    assert [each.key for each in what.recipients] == [BOSS, AIDE, CFO]


@pytest.mark.parametrize(
    "given_wrong",
    [{"subject": "a\r\nBcc: b@x.jp"}, {"subject": " "}, {"subject": "x" * 201}, {"period": "\t"}, {"revision": 0}],
)
def test_what_no_header_can_carry_is_refused(given_wrong: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        plan_letters(edition(), [parse(BOSS)], **given_wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_body_says_conclusion_numbers_and_decisions_and_loads_nothing(lang: str) -> None:
    body = body_of(report_of(golden()), "ja" if lang == "ja" else "en")
    for part in (body.text, body.html):
        assert "51.7%" in part
        assert "3,936" in part
        assert golden().handle in part
        assert ("判断してほしいこと" if lang == "ja" else "Decisions asked for") in part
    assert body.html.count("<tr>") == 5
    assert (
        re.findall(r"(?i)\b(?:src|href|url|background|@import|http)\s*[=(:]", body.html.replace("background:#", ""))
        == []
    )


def test_a_hostile_customer_cannot_break_the_body() -> None:
    body = body_of(report_of(hostile()), "ja")
    assert "<script" not in body.html
    assert "\u202e" not in body.html + body.text


def test_the_attachment_is_the_report_that_render_writes_and_passed_its_gates() -> None:
    made, notes = edition_of(golden(), masking.shown(golden(), None, None), "ja", None, lambda _step, _share: None)
    assert notes == ()
    assert made.pdf == finished().files["report.ja.pdf"]
    assert made.body == body_of(report_of(golden()), "ja")
    assert (made.run, made.whole) == (golden().handle, golden().hash)


def test_one_mail_builds_the_reports_view_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr(make, "_make_document", lambda *_, **__: (PDF, None))
    whole = view.build

    def counted(portfolio: Portfolio, *chosen: Any) -> Report:
        built.append(portfolio.handle)
        return whole(portfolio, *chosen)

    monkeypatch.setattr(view, "build", counted)
    edition_of(golden(), masking.shown(golden(), None, None), "ja", None, lambda _step, _share: None)
    assert built == [golden().handle]


# ---- the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the standard example as a file; the report's PDF is a small one that is not printed each time."""
    monkeypatch.setattr(make, "_make_document", lambda *_, **__: (PDF, None))
    return golden_csv(tmp_path / "顧客.csv")


def run(customers: Path, *arguments: object, **environment: str) -> Result:
    words = ["mail", "--customers", str(customers), "--as-of", "2026-11-22", *map(str, arguments)]
    told = {f"PORTFOLIO_SMTP_{name.upper()}": value for name, value in environment.items()}
    return CliRunner().invoke(main, words, env=told)


def sending(port: int, trust: Certificates) -> dict[str, str]:
    return {
        "host": "localhost",
        "port": str(port),
        "user": USER,
        "password": PASSWORD,
        "from": SENDER,
        "allow": "example.co.jp",
        "ca_file": str(trust.authority),
        "pause": "0",
    }


def test_the_command_writes_drafts_and_sends_nothing(customers: Path, tmp_path: Path) -> None:
    out = tmp_path / "drafts"
    result = run(customers, "--to", f"佐藤 <{BOSS}>", "--to", CFO, "--cc", AIDE, "--out", out)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == [f"01_{BOSS}.eml", f"02_{CFO}.eml"]
    message = read((out / f"01_{BOSS}.eml").read_bytes())
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == PDF
    assert "51.7%" in message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert not ledger_file().exists()


def test_a_mail_on_old_orders_is_refused_unless_it_may_say_so(customers: Path, tmp_path: Path) -> None:
    orders = tmp_path / "取引.csv"
    orders.write_text("顧客名,日付,金額\n株式会社A,2026/1/5,1200\n", encoding="utf-8")
    out = tmp_path / "drafts"
    words = ("--orders", orders, "--to", BOSS, "--out", out)
    refused = run(customers, *words)
    assert refused.exit_code == 2
    assert "--allow-stale" in refused.stderr
    assert not out.exists()
    assert run(customers, *words, "--allow-stale").exit_code == 0
    body = read((out / f"01_{BOSS}.eml").read_bytes()).get_body(("plain",))
    assert "321日前" in body.get_content()  # type: ignore[union-attr]


def test_the_command_sends_what_was_planned_and_only_once(customers: Path, trust: Certificates) -> None:
    faults, to = Faults(), ("--to", f"佐藤 <{BOSS}>", "--to", CFO, "--cc", AIDE)
    with serving(faults, trust.contexts["good"]) as port:
        told = sending(port, trust)
        planned = run(customers, *to, "--plan", **told)
        assert planned.exit_code == 0, planned.output
        assert faults.connections == 0
        assert not ledger_file().exists()
        assert all(
            word in planned.output for word in (BOSS, CFO, AIDE, "2026-11", "顧客ポートフォリオ報告_2026-11-22.pdf")
        )
        digest = planned.output.split()[-1]
        for changed in (("--to", BOSS), (*to, "--subject", "別"), (*to, "--revision", "2"), (*to, "--lang", "en")):
            refused = run(customers, *changed, "--send", "--plan-hash", digest, **told)
            assert refused.exit_code == 2
            assert "--plan" in refused.stderr
        assert faults.connections == 0
        done = run(customers, *to, "--send", "--plan-hash", digest, **told)
        assert done.exit_code == 0, done.output
        assert faults.reached == sorted([BOSS, CFO, AIDE])
        again = run(customers, *to, "--send", "--plan-hash", digest, **told)
        assert again.exit_code == 0, again.output
        assert "以前に送信" in again.output
    assert len(faults.received) == 2
    shown = "".join(each.output for each in (planned, done, again))
    assert PASSWORD not in shown
    listed = CliRunner().invoke(main, ["mail-ledger", "--json"])
    assert {row["recipient"]: row["state"] for row in json.loads(listed.output)} == dict.fromkeys(
        (BOSS, CFO, AIDE), "sent"
    )
    assert "2026-11" in CliRunner().invoke(main, ["mail-ledger"]).output


def test_data_that_changed_after_the_plan_are_not_sent(customers: Path, trust: Certificates) -> None:
    faults = Faults()
    with serving(faults, trust.contexts["good"]) as port:
        told = sending(port, trust)
        digest = run(customers, "--to", BOSS, "--plan", **told).output.split()[-1]
        customers.write_text(customers.read_text(encoding="utf-8").replace("製造", "製造業"), encoding="utf-8")
        refused = run(customers, "--to", BOSS, "--send", "--plan-hash", digest, **told)
    assert refused.exit_code == 2
    assert "何も送っていません" in refused.stderr
    assert faults.connections == 0


def test_an_uncertain_mail_is_settled_by_a_person(customers: Path, trust: Certificates) -> None:
    faults = Faults(drop="dot", drops=1)
    with serving(faults, trust.contexts["good"]) as port:
        told = sending(port, trust)
        digest = run(customers, "--to", BOSS, "--plan", **told).output.split()[-1]
        lost = run(customers, "--to", BOSS, "--send", "--plan-hash", digest, **told)
        assert lost.exit_code == 1
        assert "--confirm" in lost.stderr
        number = lost.output.split()[0]
        settled = CliRunner().invoke(main, ["mail-ledger", "--resend", number])
        assert settled.exit_code == 0, settled.output
        assert run(customers, "--to", BOSS, "--send", "--plan-hash", digest, **told).exit_code == 0
    assert len({read(content)["Message-ID"] for _, content in faults.received}) == 1
    assert len({content for _, content in faults.received}) == 1  # the very same mail
    again = CliRunner().invoke(main, ["mail-ledger", "--confirm", number])
    assert again.exit_code == 2


def test_ctrl_c_tells_how_far_it_came(customers: Path, trust: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: bytes) -> bytes:
        raise KeyboardInterrupt

    faults, real = Faults(), delivery._dotted
    with serving(faults, trust.contexts["good"]) as port:
        told = sending(port, trust)
        digest = run(customers, "--to", BOSS, "--to", CFO, "--plan", **told).output.split()[-1]
        arguments = ("--to", BOSS, "--to", CFO, "--send", "--plan-hash", digest)
        monkeypatch.setattr(delivery, "_dotted", interrupted)
        stopped = run(customers, *arguments, **told)
        assert stopped.exit_code == 2, stopped.output
        assert "ここまでの結果" in stopped.stderr
        assert [line.split()[1:] for line in stopped.stdout.splitlines()] == [
            [BOSS, "不明(人の確認が必要)", "(本文(DATA):", "中断した)"],
            [CFO, "未送信"],
        ]
        monkeypatch.setattr(delivery, "_dotted", real)
        assert run(customers, *arguments, **told).exit_code == 1
    assert faults.reached == [CFO]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--to", BOSS, "--send"],
        ["--to", BOSS, "--send", "--plan", "--plan-hash", "0"],
        ["--to", "x@elsewhere.example", "--plan"],
        ["--plan"],
        [],
        ["--to", "nobody"],
    ],
)
def test_what_is_not_to_be_sent_is_refused_in_one_line(
    customers: Path, trust: Certificates, tmp_path: Path, arguments: list[str]
) -> None:
    result = run(customers, *arguments, "--out", tmp_path / "out", **sending(9, trust))
    assert result.exit_code == 2, result.output
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_ledger_is_the_owners_alone_and_tells_a_newer_layout() -> None:
    with opened():
        pass
    assert stat.S_IMODE(ledger_file().stat().st_mode) == 0o600 or os.name == "nt"
    assert [path.name for path in ledger_file().parent.iterdir()] == ["mail.sqlite"]  # no lock file is left
    import sqlite3

    connection = sqlite3.connect(ledger_file())
    connection.execute(f"PRAGMA user_version = {ledger_room.LAYOUT + 1}")
    connection.close()
    with pytest.raises(Refusal, match="更新"), opened():
        pass


def test_a_damaged_ledger_is_told() -> None:
    ledger_file().parent.mkdir(parents=True)
    ledger_file().write_bytes(b"no database at all" * 100)
    with pytest.raises(Refusal, match="台帳"), opened():
        pass


def test_every_reason_in_the_ledger_is_told_in_both_languages() -> None:
    words = [value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)]
    found = [reasons.told(f"{phase}: {word}") for phase in reasons.PHASES for word in words]
    assert all(not each.ja.isascii() and each.en.isascii() for each in found)
    assert reasons.told("rcpt: 550 5.1.1").ja == "宛先(RCPT): 550 5.1.1"
    assert reasons.told(reasons.PERSON).ja == "人が決めた"
    assert reasons.told("250").en == "250"


def test_without_a_recipient_nothing_is_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["mail", str(tmp_path / "none.xlsx")])
    assert result.exit_code == 2
    assert "宛先がありません" in result.output
    assert "none.xlsx" not in result.output


def test_drafts_say_that_nothing_was_sent_and_how_the_pdf_was_printed(
    customers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "_make_document", lambda *_, **__: (PDF, Text("タグなしの版", "untagged edition")))
    for lang, words in (
        ("ja", ("何も送っていません", "タグなしの版")),
        ("en", ("nothing was sent", "untagged edition")),
    ):
        monkeypatch.setenv("PORTFOLIO_LANG", lang)  # `--lang` is read off the process's command line: pytest's own
        result = run(customers, "--to", BOSS, "--lang", lang, "--out", tmp_path / lang)
        assert result.exit_code == 0, result.output
        assert all(each in result.stderr for each in words)
        assert result.stdout.splitlines() == [str(tmp_path / lang / f"01_{BOSS}.eml")]
