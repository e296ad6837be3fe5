"""Who made a run, when and with which rules, as the store knows it; nothing of a person in a masked edition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from helpers.reports import golden, report_of, sample, section

from engine.runs import store
from engine.runs.store import write
from engine.runs.store.masking import hidden_columns
from engine.scoring.portfolio import Portfolio
from report_templates.sections.record.record import personal, record
from report_templates.view import view

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portfolio:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path))
    monkeypatch.setattr(write, "who", lambda: "実行 太郎<b>")
    store.store_run(golden(), "score")
    return golden()


def test_a_stored_run_says_who_when_and_by_which_rules(stored: Portfolio) -> None:
    folder = store.find_folder(stored.handle)
    assert folder is not None
    manifest = store.manifest_of(folder)
    note = section(view.build(stored), "quality").dimensions.note
    day, time = manifest.when[:10].split("-"), manifest.when[11:16]
    assert note.ja == (
        f"実行: {day[0]}/{int(day[1])}/{int(day[2])} {time}(UTC)、実行 太郎<b>。"
        f"規則: 定義版 {stored.definition.version}({stored.definition.hash[:12]})。"
        f"プログラム {manifest.engine}、採点 {manifest.scoring}。"
    )
    assert f"Run on {manifest.when[:10]} {time} (UTC) by " in note.en


def test_a_masked_edition_names_nobody_at_work(stored: Portfolio) -> None:
    masked = replace(stored, tables=replace(stored.tables, kept="masked"))
    told = record(masked)
    assert told.ja.startswith("実行者と日時は、この版には載せない。規則: 定義版")
    assert "太郎" not in told.ja + told.en


def test_a_run_that_is_not_stored_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path))
    assert record(golden()).ja.startswith("実行者と日時: 記録なし(保存していない実行)。規則: 定義版")


def test_a_damaged_store_is_no_reason_to_print_nothing(stored: Portfolio) -> None:
    folder = store.find_folder(stored.handle)
    assert folder is not None
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    assert record(stored).en.startswith("Who ran it and when is not on record")


def test_columns_that_may_hold_personal_data_are_those_that_masking_hides() -> None:
    told = personal(golden())
    assert told is not None
    assert "顧客名" in told.ja
    assert "業界" not in told.ja
    assert "担当" not in told.ja  # nobody filled it in
    assert "owner" in hidden_columns("customers")
    (note,) = section(report_of(sample()), "quality").notes
    assert "、担当、" in note.ja
    names = note.ja.partition("): ")[2].rstrip("。").split("、")
    assert len(names) == len(set(names)) > 10
