"""Every fault of sending, against a real server: what reached somebody, and what the ledger says of it.

`pytest tests/test_report_mail_faults.py -s` prints the table.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.mail_server import PASSWORD, Certificates, Faults, certificates, serving
from helpers.mails import AIDE, BOSS, CFO, PDF, plan, settings

from engine.language.errors import Refusal
from report_templates.delivery.mail.delivery import deliver
from report_templates.delivery.mail.ledger import Entry, Ledger, ledger_file, opened
from report_templates.delivery.mail.letters import Plan
from report_templates.delivery.mail.settings import Security

HERE = Path(__file__).resolve().parent
table: list[tuple[str, str, str, str]] = []


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module", autouse=True)
def printed(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    heads = ("fault", "phase", "what the server received", "what the ledger says")
    rows = [heads, *table]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        if request.config.getoption("capture") == "no":
            sys.stdout.write("\n" + "\n".join(lines) + "\n")


def told(faults: Faults, rows: dict[str, Entry]) -> tuple[str, str]:
    """Return what the server received and what the ledger says, in words."""
    reached = faults.reached
    counted = (
        ", ".join(f"{reached.count(name)} × {name.partition('@')[0]}" for name in sorted(set(reached))) or "nothing"
    )
    states = ", ".join(f"{key.partition('@')[0]} {row.state}" + _reply(row) for key, row in sorted(rows.items()))
    return counted, states or "no row"


def _reply(row: Entry) -> str:
    return f" ({row.reply})" if row.reply and row.state != "sent" else ""


def noted(fault: str, phase: str, faults: Faults, rows: dict[str, Entry], words: str = "") -> None:
    received, says = told(faults, rows)
    table.append((fault, phase, received, f"{says}{'; ' if words else ''}{words}"))


def ledger_says(what: Plan) -> dict[str, Entry]:
    with opened() as ledger:
        return ledger.find(what)


def states(what: Plan) -> dict[str, str]:
    return {key: row.state for key, row in ledger_says(what).items()}


def sent(
    trust: Certificates, faults: Faults, what: Plan, *, attempts: int = 3, certificate: str = "good"
) -> dict[str, Entry]:
    with serving(faults, trust.contexts[certificate]) as port, opened() as ledger:
        return deliver(what, settings(port, trust.authority, attempts=attempts), ledger)


def test_success_over_starttls_and_over_tls(trust: Certificates) -> None:
    what, faults = plan((BOSS, CFO), (AIDE,)), Faults()
    rows = sent(trust, faults, what)
    assert {row.state for row in rows.values()} == {"sent"}
    assert faults.reached == sorted([BOSS, CFO, AIDE])
    assert [addresses for addresses, _ in faults.received] == [(BOSS, AIDE), (CFO,)]
    noted("none", "STARTTLS", faults, rows)
    again = Faults()
    assert sent(trust, again, what) == rows
    assert again.connections == 0
    noted("the same plan a second time", "", again, rows)
    implicit, second = Faults(), plan(revision=2)
    with serving(implicit, trust.contexts["good"], implicit=True) as port, opened() as ledger:
        rows = deliver(second, settings(port, trust.authority, security="tls"), ledger)
    assert implicit.reached == [BOSS]
    noted("none (revision 2, on purpose)", "TLS from the first byte", implicit, rows)


def test_a_refused_recipient_costs_the_others_nothing(trust: Certificates) -> None:
    faults = Faults(replies={"RCPT": lambda _, address: "550 5.1.1 no such user" if address == AIDE else None})
    what = plan((BOSS, CFO), (AIDE,))
    rows = sent(trust, faults, what)
    assert {key: row.state for key, row in rows.items()} == {BOSS: "sent", CFO: "sent", AIDE: "refused"}
    assert rows[AIDE].reply == "rcpt: 550 5.1.1"
    assert faults.reached == sorted([BOSS, CFO])
    noted("550 for one of three", "RCPT", faults, rows)


def test_a_recipient_that_is_refused_for_now_is_served_later_and_alone(trust: Certificates) -> None:
    def first_time(faults: Faults, address: str) -> str | None:
        return "450 4.2.0 greylisted" if address == AIDE and faults.connections == 1 else None

    faults = Faults(replies={"RCPT": first_time})
    rows = sent(trust, faults, plan((BOSS,), (AIDE,)))
    assert {row.state for row in rows.values()} == {"sent"}
    assert [addresses for addresses, _ in faults.received] == [(BOSS,), (AIDE,)]
    assert faults.received[0][1] == faults.received[1][1]  # the same message, with the same Message-ID
    noted("450 for one of two, then accepted", "RCPT", faults, rows)


@pytest.mark.parametrize(
    ("step", "code"), [("MAIL", "451 4.3.0"), ("RCPT", "450 4.2.0"), ("DATA", "451 4.3.0"), ("text", "452 4.3.1")]
)
def test_a_temporary_error_is_tried_again(trust: Certificates, step: str, code: str) -> None:
    def first_time(faults: Faults, _: str) -> str | None:
        return f"{code} later" if faults.connections == 1 else None

    faults = Faults(replies={step: first_time})
    rows = sent(trust, faults, plan())
    assert rows[BOSS].state == "sent"
    assert faults.reached == [BOSS]
    assert faults.connections == 2
    noted(f"{code[:3]}, then accepted", step if step != "text" else "after the final dot", faults, rows)


def test_a_temporary_error_that_stays_leaves_the_row_unsent_until_the_next_time(trust: Certificates) -> None:
    faults = Faults(replies={"MAIL": lambda *_: "421 4.3.2 closing"})
    rows = sent(trust, faults, plan((BOSS, CFO)))
    assert {row.state for row in rows.values()} == {"planned"}
    assert faults.connections == 3  # one letter's attempts: the next letter is not tried at a server that is down
    noted("421 at every attempt", "MAIL", faults, rows)
    better = Faults()
    rows = sent(trust, better, plan((BOSS, CFO)))
    assert better.reached == [BOSS, CFO]
    noted("… and sent again the next day", "", better, rows)


@pytest.mark.parametrize(("step", "code"), [("MAIL", "550 5.7.1"), ("DATA", "554 5.5.1"), ("text", "552 5.3.4")])
def test_a_permanent_error_is_not_tried_again(trust: Certificates, step: str, code: str) -> None:
    faults, what = Faults(replies={step: lambda *_: f"{code} no"}), plan()
    words = ""
    if step == "MAIL":
        with pytest.raises(Refusal, match=r"550 5\.7\.1") as caught:
            sent(trust, faults, what)
        words = caught.value.text.en
    else:
        sent(trust, faults, what)
    assert states(what) == {BOSS: "planned" if step == "MAIL" else "refused"}
    assert faults.connections == 1
    assert faults.received == []
    noted(code[:3], step if step != "text" else "after the final dot", faults, ledger_says(what), words)


@pytest.mark.parametrize("step", ["connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_message_is_tried_again(trust: Certificates, step: str) -> None:
    once, what = Faults(drop=step, drops=1), plan()
    rows = sent(trust, once, what)
    assert rows[BOSS].state == "sent"
    assert once.reached == [BOSS]
    noted("connection dropped once", step, once, rows)
    always, second = Faults(drop=step), plan(revision=2)
    rows = sent(trust, always, second, attempts=2)
    assert rows[BOSS].state == "planned"
    assert always.received == []
    noted("connection dropped at every attempt", step, always, rows)


def test_a_connection_lost_at_the_farewell_changes_nothing(trust: Certificates) -> None:
    faults, what = Faults(drop="QUIT"), plan((BOSS, CFO))
    rows = sent(trust, faults, what)
    assert {key: row.state for key, row in rows.items()} == {BOSS: "sent", CFO: "sent"}
    assert faults.reached == sorted([BOSS, CFO])
    assert "QUIT" in faults.asked
    noted("connection dropped", "QUIT", faults, rows)


@pytest.mark.parametrize(("step", "reached"), [("text", []), ("dot", [BOSS])])
def test_a_connection_lost_after_the_message_was_begun_is_uncertain_and_left_to_a_person(
    trust: Certificates, step: str, reached: list[str]
) -> None:
    faults, what = Faults(drop=step), plan()
    rows = sent(trust, faults, what)
    assert rows[BOSS].state == "uncertain"
    assert faults.reached == reached
    assert faults.asked.count(step) == 1  # not tried again
    phase = "DATA, before the final dot" if step == "text" else "DATA, after the final dot"
    noted("connection dropped", phase, faults, rows)
    after = Faults()
    assert sent(trust, after, what)[BOSS].state == "uncertain"
    assert after.connections == 0
    with opened() as ledger:
        if reached:
            assert ledger.decide(rows[BOSS].id, "sent").state == "sent"
        else:
            assert ledger.decide(rows[BOSS].id, "planned").state == "planned"
    final = sent(trust, after, what)
    assert final[BOSS].state == "sent"
    assert len(after.received) == 1 - len(reached)  # in all, one mail
    noted(f"… a person says it {'arrived' if reached else 'did not arrive'}", "", after, final)


def test_an_answer_that_says_nothing_is_uncertain(trust: Certificates) -> None:
    faults = Faults(replies={"text": lambda *_: "what?"})
    rows = sent(trust, faults, plan())
    assert rows[BOSS].state == "uncertain"
    assert faults.connections == 1
    noted("an answer that is none", "after the final dot", faults, rows)


def test_a_mail_that_may_have_arrived_is_not_sent_again_with_another_content(trust: Certificates) -> None:
    what = plan()
    row = sent(trust, Faults(drop="dot"), what)[BOSS]
    with opened() as ledger:
        ledger.decide(row.id, "planned")
    changed, faults = plan(pdf=b"%PDF-1.7 other"), Faults()
    with pytest.raises(Refusal, match="--revision"):
        sent(trust, faults, changed)
    assert faults.connections == 0
    noted("another content after an uncertain one", "before connecting", faults, ledger_says(changed), "refused")


@pytest.mark.parametrize("certificate", ["other host", "expired", "other authority"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_does_not_hold_ends_it(trust: Certificates, certificate: str, security: Security) -> None:
    faults, what, implicit = Faults(), plan(), security == "tls"
    with (
        serving(faults, trust.contexts[certificate], implicit=implicit) as port,
        opened() as ledger,
        pytest.raises(Refusal, match="証明書") as caught,
    ):
        deliver(what, settings(port, trust.authority, security=security), ledger)
    assert faults.received == []
    assert not {"AUTH", "MAIL"} & set(faults.asked)  # neither the password nor an address was told
    assert states(what) == {BOSS: "planned"}
    phase = "TLS" if implicit else "STARTTLS"
    noted(
        f"certificate: {certificate}",
        phase,
        faults,
        ledger_says(what),
        caught.value.text.en.partition("(")[2].partition(");")[0],
    )


def test_a_server_without_encryption_is_not_used(trust: Certificates) -> None:
    faults, what = Faults(starttls=False, auth=False), plan()
    with pytest.raises(Refusal, match="STARTTLS"):
        sent(trust, faults, what)
    assert not {"AUTH", "MAIL"} & set(faults.asked)
    noted("server without STARTTLS", "EHLO", faults, ledger_says(what), "refused, no plain text")


def test_a_wrong_password_is_told_once_and_shown_nowhere(
    trust: Certificates, capfd: pytest.CaptureFixture[str]
) -> None:
    import traceback

    faults, what, wrong = Faults(), plan((BOSS, CFO)), "chigau-password-77"
    with (
        serving(faults, trust.contexts["good"]) as port,
        opened() as ledger,
        pytest.raises(Refusal, match="535") as caught,
    ):
        deliver(what, settings(port, trust.authority, password=wrong), ledger)
    assert faults.asked.count("AUTH") == 1  # further attempts would lock the account
    assert caught.value.__traceback__ is not None
    ours = caught.value.__traceback__.tb_next  # this test itself knows the password
    shown = "".join(traceback.TracebackException(Refusal, caught.value, ours, capture_locals=True).format())
    assert "Secret(…)" in shown
    out, err = capfd.readouterr()
    assert wrong not in shown + out + err + repr(settings(1, None, password=wrong))
    assert wrong.encode() not in ledger_file().read_bytes()
    noted("wrong password", "AUTH", faults, ledger_says(what), "told once, in no output")


def test_nobody_listens(trust: Certificates) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    what = plan()
    with opened() as ledger:
        rows = deliver(what, settings(port, trust.authority), ledger)
    assert rows[BOSS].state == "planned"
    noted("connection refused", "connect", Faults(), rows)


def test_somebody_who_is_not_allowed_stops_all(trust: Certificates) -> None:
    faults, what = Faults(), plan((BOSS, "sato@bad-example.co.jp"))
    with pytest.raises(Refusal, match="許可リスト"):
        sent(trust, faults, what)
    assert faults.connections == 0
    noted("recipient not allowed", "before connecting", faults, ledger_says(what), "refused, for all of them")


def test_a_ledger_that_cannot_be_written_stops_all(trust: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, what = Faults(), plan()

    def read_only(file: Path, **options: object) -> sqlite3.Connection:
        return real(f"{Path(file).as_uri()}?mode=ro", uri=True, **options)  # type: ignore[call-overload,no-any-return]

    real = sqlite3.connect
    with opened():
        pass
    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(Refusal, match="送信しません"):
        sent(trust, faults, what)
    monkeypatch.undo()
    assert faults.connections == 0
    noted("ledger read-only", "before connecting", faults, ledger_says(what), "refused")


def test_a_full_disk_before_sending_stops_all(trust: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, what = Faults(), plan()
    with opened():
        pass
    limit_pages(monkeypatch)
    many = plan(tuple(f"{'a' * 60}{n}@example.co.jp" for n in range(100)))
    with pytest.raises(Refusal, match="full"):
        sent(trust, faults, many)
    monkeypatch.undo()
    assert faults.connections == 0
    assert states(what) == {}
    noted("disk full", "rows are written", faults, ledger_says(many), "refused, no row half written")


def limit_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ledger grow no further: SQLite says "full", as on a full disk."""
    real = Ledger.register

    def register(self: Ledger, what: Plan) -> dict[str, Entry]:
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages}")
        return real(self, what)

    monkeypatch.setattr(Ledger, "register", register)


def test_a_ledger_that_fails_after_the_server_accepted_is_told_and_stays_uncertain(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults, what = Faults(), plan()
    real = Ledger.settle

    def full(self: Ledger, ids: list[int], state: str, reply: str) -> None:
        if state == "sent":
            raise sqlite3.OperationalError("database or disk is full")
        real(self, ids, state, reply)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "settle", full)
    with pytest.raises(Refusal, match="受け取りました"):
        sent(trust, faults, what)
    monkeypatch.undo()
    assert faults.reached == [BOSS]
    assert states(what) == {BOSS: "uncertain"}
    noted("disk full", "after the server accepted", faults, ledger_says(what), "told so")


# ---- real processes that are killed, and two at once --------------------------------------------------------------------


def child(port: int, trust: Certificates, moment: str, revision: int = 1) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        str(HERE / "helpers" / "mail_sender.py"),
        str(port),
        str(trust.authority),
        moment,
        str(revision),
    ]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


KILLED = {
    "before the row": ("no row", []),
    "after the row": ("planned", []),
    "after the connection": ("planned", []),
    "after the claim": ("uncertain", []),
    "inside the message": ("uncertain", []),
    "after the server accepted": ("uncertain", [BOSS]),
    "before the ledger is written": ("uncertain", [BOSS]),
    "after the ledger is written": ("sent", [BOSS]),
}


@pytest.mark.parametrize("moment", list(KILLED))
def test_a_killed_process_never_leads_to_a_second_mail(trust: Certificates, moment: str) -> None:
    says, reached = KILLED[moment]
    what, faults, victim = plan(), Faults(), list[subprocess.Popen[str]]()
    if moment == "inside the message":
        faults.on_text = lambda: os.kill(victim[0].pid, signal.SIGKILL)
    if moment == "after the server accepted":
        faults.on_taken = lambda: os.kill(victim[0].pid, signal.SIGKILL)
    with serving(faults, trust.contexts["good"]) as port:
        victim.append(child(port, trust, moment))
        _, err = victim[0].communicate()
        assert victim[0].returncode == -signal.SIGKILL, err
    found = ledger_says(what)
    assert not list(ledger_file().parent.glob("*.lock"))  # the dead process' lock is swept away
    assert {row.state for row in found.values()} == (set() if says == "no row" else {says})
    assert faults.reached == reached
    noted("kill -9", moment, faults, found)
    after = Faults()
    final = sent(trust, after, what)
    assert len(faults.received) + len(after.received) <= 1
    assert final[BOSS].state == ("sent" if says in ("no row", "planned", "sent") else "uncertain")
    noted("… and started again", "", after, final)


def test_two_processes_at_once_send_one_mail(trust: Certificates) -> None:
    what, faults = plan(), Faults()
    with serving(faults, trust.contexts["good"]) as port:
        children = [child(port, trust, "meet the other") for _ in range(2)]
        ends = [(each.communicate(), each.returncode) for each in children]
    assert [code for _, code in ends] == [0, 0], ends
    assert faults.reached == [BOSS]
    assert states(what) == {BOSS: "sent"}
    assert {json.loads(out)[BOSS] for (out, _), _ in ends} <= {"sent", "sending"}
    noted("two processes at once", "", faults, ledger_says(what))


def test_ctrl_c_while_the_message_is_handed_over(trust: Certificates) -> None:
    what, faults, victim = plan(), Faults(), list[subprocess.Popen[str]]()
    faults.on_text = lambda: victim[0].send_signal(signal.SIGINT)
    with serving(faults, trust.contexts["good"]) as port:
        victim.append(child(port, trust, "Ctrl+C"))
        _, err = victim[0].communicate()
    assert "KeyboardInterrupt" in err
    assert faults.reached == []
    assert states(what) == {BOSS: "uncertain"}
    assert PASSWORD not in err
    noted("Ctrl+C", "inside the message", faults, ledger_says(what))


def test_the_message_arrives_byte_for_byte(trust: Certificates) -> None:
    import email
    from email import policy

    faults, what = Faults(), plan()
    sent(trust, faults, what)
    message = email.message_from_bytes(faults.received[0][1], policy=policy.default)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == PDF
    assert PASSWORD not in faults.received[0][1].decode("ascii")
    assert isinstance(trust.contexts["good"], ssl.SSLContext)
