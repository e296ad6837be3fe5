"""The ledger of mail: one row per report and recipient, written before anything is sent, so that nobody gets it twice.

    planned ──► sending ──► sent | refused | uncertain
       ▲           │
       └───────────┘ the server said clearly that it did not take it

A row is `sending` from just before the server is asked to take the message (DATA) until its answer is written. What a dead
process left there may or may not have arrived: it becomes `uncertain`, and only a person decides what it was.

Decision 0200: why a letter is claimed before it is sent.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from engine.language.errors import Refusal, Text
from engine.runs.store.layout import root
from engine.runs.store.locks import SUFFIX, alive, own_name
from engine.runs.store.write import who
from report_templates.delivery.mail.reasons import DIED, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from report_templates.delivery.mail.letters import Letter, Plan

State = Literal["planned", "sending", "sent", "refused", "uncertain"]
STATES: Final[dict[State, Text]] = {
    "planned": Text("未送信", "not sent"),
    "sending": Text("送信中", "being sent"),
    "sent": Text("送信済み", "sent"),
    "refused": Text("拒否", "refused"),
    "uncertain": Text("不明(人の確認が必要)", "uncertain: a person confirms"),
}
LAYOUT: Final = 1
_PATIENCE: Final = 20.0  # seconds; what is written at a time takes milliseconds
_SETTLE: Final = "UPDATE mail SET state = ?, owner = '', reply = ?, doubtful = max(doubtful, ?), changed = ?"
_SENDER: Final = "mail-sender-"
_COLUMNS: Final = (
    "id, period, report, recipient, revision, run, content, message_id, date, state, owner, reply, doubtful, attempts,"
    " changed"
)
_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS mail (
  id INTEGER PRIMARY KEY, period TEXT NOT NULL, report TEXT NOT NULL, recipient TEXT NOT NULL, revision INTEGER NOT NULL,
  run TEXT NOT NULL, content TEXT NOT NULL, message_id TEXT NOT NULL, date TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ({", ".join(f"'{state}'" for state in get_args(State))})),
  owner TEXT NOT NULL DEFAULT '', reply TEXT NOT NULL DEFAULT '', doubtful INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL,
  UNIQUE (period, report, recipient, revision)
);
CREATE TABLE IF NOT EXISTS history (
  mail INTEGER NOT NULL REFERENCES mail (id), at TEXT NOT NULL, who TEXT NOT NULL, state TEXT NOT NULL, reply TEXT NOT NULL
);
"""


class Taken(Exception):  # noqa: N818 - no fault: another process is at the same letter
    """A row that should be claimed is not `planned` any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row.

    Parameters
    ----------
    id
        What a person names it by.
    period, report, recipient, revision
        The key; the recipient in lower case.
    run
        Handle of the run that the report was made of.
    content
        Hash of what the recipient was to receive.
    message_id, date
        As in the message, the date ISO and UTC: once it may have arrived, a further attempt carries the same.
    state
        See above.
    owner
        Name of the process that is sending; blank where none is.
    reply
        The server's code, or what went wrong, in one word or two.
    doubtful
        Whether the message may have arrived once already: then its content may not change any more.
    attempts
        How often a server was asked to take it.
    changed
        When the row last changed (ISO, UTC).
    """

    id: int
    period: str
    report: str
    recipient: str
    revision: int
    run: str
    content: str
    message_id: str
    date: str
    state: State
    owner: str
    reply: str
    doubtful: bool
    attempts: int
    changed: str


def ledger_file() -> Path:
    """Return the ledger's path: beside the runs of this user."""
    return root() / "mail.sqlite"


@contextmanager
def opened() -> Iterator[Ledger]:
    """Open the ledger, making it where there is none, readable for its owner alone.

    Raises
    ------
    Refusal
        `unwritable` where it cannot be opened or written (a full disk, a read-only folder, a damaged file); then nothing
        may be sent.
    """
    file = ledger_file()
    with ExitStack() as closing:
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            _sweep(file.parent)
            name = closing.enter_context(own_name(file.parent, _SENDER)).name
        except OSError as error:
            raise _unwritable(error.strerror or "") from error
        try:
            connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)
            closing.callback(connection.close)
            yield Ledger(connection, name)
        except sqlite3.Error as error:
            raise _unwritable(str(error)) from error


def _sweep(folder: Path) -> None:
    """Take away the lock files of senders that died; asking whether they live does it."""
    for lock in folder.glob(f"{_SENDER}*{SUFFIX}"):
        alive(lock.with_name(lock.name.removesuffix(SUFFIX)))


def _unwritable(reason: str) -> Refusal:
    return Refusal(
        "unwritable",
        f"メール台帳 {ledger_file()} に書けません({reason})。台帳に書けない間は送信しません。空き容量と権限を確かめてください",
        f"the mail ledger {ledger_file()} cannot be written ({reason}); nothing is sent without it: "
        "look at the free space and the permissions",
    )


class Ledger:
    """The open ledger; every change is on the disk when its method returns."""

    def __init__(self, connection: sqlite3.Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner
        connection.execute("PRAGMA synchronous = EXTRA")
        with self._writing():
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > LAYOUT:
                raise Refusal(
                    "unreadable",
                    "メール台帳は新しい版のプログラムのものです。プログラムを更新してください",
                    "the mail ledger was written by a newer version; update the program",
                )
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {LAYOUT}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled it back already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def entries(self) -> tuple[Entry, ...]:
        """Return all rows, the newest first; what a dead process left is told as uncertain from now on."""
        self._settle_left_over()
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM mail ORDER BY id DESC")  # noqa: S608 - our own constant
        return tuple(_entry(row) for row in rows)

    def find(self, plan: Plan) -> dict[str, Entry]:
        """Return what the ledger knows of the plan's recipients, by their keys, without adding any."""
        wanted = {recipient.key for recipient in plan.recipients}
        return {
            entry.recipient: entry
            for entry in self.entries()
            if entry.recipient in wanted
            and (entry.period, entry.report, entry.revision) == (plan.period, plan.report, plan.revision)
        }

    def register(self, plan: Plan) -> dict[str, Entry]:
        """Write a row for every recipient of the plan that has none yet, all or none; return the rows by recipient.

        Raises
        ------
        Refusal
            `argument` where a message may have arrived before, and what would go out now is another one.
        """
        found = self.find(plan)
        contents = {each.key: plan.content(letter) for letter in plan.letters for each in letter.recipients}
        doubtful = [entry for entry in found.values() if entry.doubtful and entry.state == "planned"]
        blocking = [entry for entry in doubtful if entry.content != contents[entry.recipient]]
        if blocking:
            raise Refusal(
                "argument",
                f"台帳の {blocking[0].id} 番は別の内容で届いているかもしれません。内容を変えて送るなら --revision を上げてください",
                f"row {blocking[0].id} may have arrived with another content; raise --revision to send a changed report",
            )
        with self._writing():
            for letter in plan.letters:
                for recipient in letter.recipients:
                    self._put(plan, letter, recipient.key)
        return self.find(plan)

    def _put(self, plan: Plan, letter: Letter, recipient: str) -> None:
        now = _now()
        key = (plan.period, plan.report, recipient, plan.revision)
        sent = (letter.edition.run, plan.content(letter), plan.message_id(letter), now, now)
        self._connection.execute(
            "INSERT INTO mail (period, report, recipient, revision, run, content, message_id, date, changed, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned') ON CONFLICT (period, report, recipient, revision) DO NOTHING",
            key + sent,
        )

    def claim(self, ids: Sequence[int], plan: Plan, letter: Letter, date: str) -> None:
        """Mark rows as being sent by this process, with what they are sent: all of them, or none.

        Raises
        ------
        Taken
            When one of them is not `planned` any more: another process is at it, or has sent it.
        """
        content = plan.content(letter)
        with self._writing():
            for row in ids:
                done = self._connection.execute(
                    "UPDATE mail SET state = 'sending', owner = ?, run = ?, content = ?, message_id = ?, date = ?,"
                    " attempts = attempts + 1, changed = ?"
                    " WHERE id = ? AND state = 'planned' AND (doubtful = 0 OR content = ?)",
                    (self._owner, letter.edition.run, content, plan.message_id(letter), date, _now(), row, content),
                )
                if done.rowcount != 1:
                    raise Taken
                self._tell(row, "sending", "")

    def settle(self, ids: Iterable[int], state: State, reply: str) -> None:
        """Write what became of rows that this process has claimed, or that nobody has.

        A row that another process has claimed meanwhile is left alone.
        """
        with self._writing():
            for row in ids:
                done = self._connection.execute(
                    f"{_SETTLE} WHERE id = ? AND (state = 'planned' OR (state = 'sending' AND owner = ?))",
                    (state, reply, int(state == "uncertain"), _now(), row, self._owner),
                )
                if done.rowcount:
                    self._tell(row, state, reply)

    def decide(self, row: int, state: Literal["sent", "planned"]) -> Entry:
        """Let a person say what became of a row: `sent` where the mail arrived, `planned` where it shall be sent again.

        Raises
        ------
        Refusal
            `argument` for a row that is not there, or about which there is nothing to decide.
        """
        found = next((entry for entry in self.entries() if entry.id == row), None)
        may = ("uncertain",) if state == "sent" else ("uncertain", "refused")
        if found is None or found.state not in may:
            state_now = Text("なし", "none") if found is None else STATES[found.state]
            raise Refusal(
                "argument",
                f"台帳の {row} 番(状態: {state_now.ja})は決められません。不明"
                f"{'' if state == 'sent' else 'か拒否'}の番号を指定してください",
                f"there is nothing to decide about row {row} (state: {state_now.en}); name one that is uncertain"
                f"{'' if state == 'sent' else ' or refused'}",
            )
        with self._writing():
            self._connection.execute(
                f"{_SETTLE} WHERE id = ? AND state = ?", (state, PERSON, 0, _now(), row, found.state)
            )
            self._tell(row, state, PERSON)
        return next(entry for entry in self.entries() if entry.id == row)

    def _settle_left_over(self) -> None:
        """Mark rows whose sender is not alive any more as uncertain."""
        rows = self._connection.execute("SELECT id, owner FROM mail WHERE state = 'sending'").fetchall()
        dead = [(row, owner) for row, owner in rows if owner != self._owner and not alive(root() / owner)]
        if not dead:
            return
        with self._writing():
            for row, owner in dead:
                done = self._connection.execute(
                    "UPDATE mail SET state = 'uncertain', owner = '', reply = ?, doubtful = 1, changed = ?"
                    " WHERE id = ? AND state = 'sending' AND owner = ?",
                    (DIED, _now(), row, owner),
                )
                if done.rowcount:
                    self._tell(row, "uncertain", DIED)

    def _tell(self, row: int, state: str, reply: str) -> None:
        self._connection.execute("INSERT INTO history VALUES (?, ?, ?, ?, ?)", (row, _now(), who(), state, reply))


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(Entry.__slots__, row, strict=True))
    return Entry(**(values | {"doubtful": bool(values["doubtful"])}))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
