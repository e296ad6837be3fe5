"""A masked run: other names, the same numbers, one recipient's pseudonyms in every report and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd
import pytest
from helpers import cdnow, reports
from helpers.builders import portfolio_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.explanation.profile import profile
from engine.language.display import money_text
from engine.language.errors import Lang, Refusal
from engine.measures.voice import voc
from engine.reading.columns import TABLES
from engine.runs import sales_index
from engine.runs.masked_run import Pseudonyms, edition_of, masked, secrets_of
from engine.runs.movement import movement
from engine.runs.store.content import frames_of
from engine.runs.store.masking import hidden_columns, mask, secret
from engine.scoring.scoring import score
from report_templates.texts.formatting import Money

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

KEY = b"k" * 32
NAMES = frozenset(("customer_id", "name", "parent_id", "owner", "kana", "corporate_number", "strategy"))
LABELS = frozenset(("industry", "region", "size", "channel", "district"))


@pytest.fixture(scope="module")
def hidden() -> Portfolio:
    return masked(reports.sample(), "監査法人", KEY)[0]


def differing(raw: Portfolio, other: Portfolio) -> set[str]:
    """Return the columns of the scored table in which two runs differ."""
    return {name for name in raw.frame.columns if name not in other.frame.columns or not _equal(raw, other, name)}


def _equal(raw: Portfolio, other: Portfolio, name: str) -> bool:
    return bool(raw.frame[name].equals(other.frame[name]))


def words_of(portfolio: Portfolio) -> set[str]:
    """Return every text cell of the clean tables and of the scored one."""
    frames = [*frames_of(portfolio.tables).values(), portfolio.frame]
    cells = (cell for frame in frames if frame is not None for name in frame for cell in frame[name].dropna().tolist())
    return {cell for cell in cells if isinstance(cell, str)}


def test_nothing_but_names_and_small_labels_differs(hidden: Portfolio) -> None:
    raw = reports.sample()
    assert differing(raw, hidden) <= NAMES | LABELS
    assert {"name", "customer_id", "owner"} <= differing(raw, hidden)
    for axis, scores in raw.axes.items():
        assert np.array_equal(scores.cents, hidden.axes[axis].cents)
    assert (hidden.strategies == raw.strategies).all()
    assert (hidden.group_of == raw.group_of).all()


def test_without_the_rule_for_small_groups_only_names_differ() -> None:
    raw = reports.sample()
    assert differing(raw, masked(raw, "監査法人", KEY, smallest_group=0)[0]) <= NAMES


def test_the_tests_of_risk_say_the_same_about_pseudonyms(hidden: Portfolio) -> None:
    raw = reports.sample()
    assert [(a.code, a.value, a.verdict, a.culprits) for a in hidden.alerts] == [
        (a.code, a.value, a.verdict, a.culprits) for a in raw.alerts
    ]
    sentences = " ".join(f"{alert.cause.ja}{alert.clear.ja}{alert.cause.en}" for alert in hidden.alerts)
    assert not [name for name in raw.frame["name"] if name in sentences]
    assert hidden.frame["name"].iloc[hidden.alerts[0].culprits[0]] in sentences


def test_the_handle_is_the_raw_runs(hidden: Portfolio) -> None:
    raw = reports.sample()
    assert (hidden.handle, hidden.hash, hidden.as_of) == (raw.handle, raw.hash, raw.as_of)
    assert hidden.tables.kept == "masked"


def test_no_cell_of_any_table_is_a_secret(hidden: Portfolio) -> None:
    raw = secrets_of(reports.sample())
    secret_words = set().union(*(raw.raw[kind] for kind in ("name", "kana", "id", "owner", "text")))
    assert secret_words
    assert not secret_words & words_of(hidden)


def test_every_hidden_column_of_every_table_is_replaced(hidden: Portfolio) -> None:
    raw, other = frames_of(reports.sample().tables), frames_of(hidden.tables)
    seen = 0
    for table in TABLES:
        before, after = raw[table], other[table]
        if before is None or after is None:
            continue
        for name in (each for each in hidden_columns(table) if each in before and before[each].dtype.kind == "O"):
            there = before[name].notna()
            assert (after[name].notna() == there).all()
            assert not (before[name][there] == after[name][there]).any(), (table, name)
            seen += int(there.any())
    assert seen > 10


def test_findings_and_sources_tell_no_value_and_no_file() -> None:
    raw = portfolio_of({"顧客名": ["青葉電機", "北星商事"], "年間売上": [100, "いくらか"]}, as_of=date(2026, 9, 30))
    assert raw.findings
    hidden = masked(raw, "x", KEY)[0]
    for finding, before in zip(hidden.findings, raw.findings, strict=True):
        assert (finding.value, finding.column, finding.source) == (None, None, finding.table)
        assert (finding.code, finding.row, finding.severity) == (before.code, before.row, before.severity)
        assert before.reason != finding.reason
    assert [source.source for source in hidden.sources] == [source.table for source in raw.sources]
    assert not any(source.sha256 for source in hidden.sources)
    assert hidden.reconciliation["open"].abs().sum() == 0


def test_what_customers_say_is_counted_as_before(hidden: Portfolio) -> None:
    raw = reports.sample()
    for by in ("row:tag", "row:kind", "total"):
        assert [replace(each, label=each.label) for each in voc(hidden, by)] == list(voc(raw, by))


def test_a_free_text_keeps_the_words_that_the_dictionary_reads_and_nothing_else() -> None:
    raw = portfolio_of(
        {"顧客名": ["青葉電機", "北星商事"], "年間売上": [100, 50]},
        as_of=date(2026, 9, 30),
        contacts={
            "顧客名": ["青葉電機", "北星商事"],
            "日付": ["2026/9/1", "2026/9/2"],
            "内容": ["青葉電機の山田様、納期遅延に不満なしとのこと", "山田様より雑談"],
        },
    )
    contacts = masked(raw, "x", KEY)[0].tables.contacts
    assert contacts is not None
    first, second = contacts["topic"]
    assert "納期" in first
    assert "遅延" in first
    assert "不満なし" in first
    assert not {"青葉", "山田", "とのこと"} & {
        piece for piece in ("青葉", "山田", "とのこと") if piece in first + second
    }


def test_the_same_recipient_gets_the_same_pseudonyms_and_another_one_others() -> None:
    raw = reports.sample()
    first, again, other = (
        masked(raw, who, KEY)[0].frame for who in ("Sato@Example.co.jp", "sato@example.co.jp ", "鈴木")
    )
    assert first.equals(again)
    ours, theirs = (
        set(frame["name"]) | set(frame["customer_id"]) | set(frame["owner"].dropna()) for frame in (first, other)
    )
    assert not ours & theirs


def test_another_key_gives_other_pseudonyms() -> None:
    raw = reports.golden()
    assert not set(masked(raw, "x", KEY)[0].frame["name"]) & set(masked(raw, "x", b"z" * 32)[0].frame["name"])


def test_pseudonyms_of_two_recipients_share_no_digits() -> None:
    first, second = (Pseudonyms(who, KEY).of("name", [f"顧客{n}" for n in range(5000)]) for who in ("a", "b"))
    assert len(set(first.values())) == len(first)
    assert not {each.partition("-")[2] for each in first.values()} & {
        each.partition("-")[2] for each in second.values()
    }


def test_both_languages_name_the_same_customer_by_the_same_code() -> None:
    raw = reports.sample()
    ja, en = (masked(raw, "監査法人", KEY, lang=lang)[0] for lang in get_args(Lang))
    assert ja.frame["name"].str.replace("顧客-", "Customer-").equals(en.frame["name"])
    assert ja.frame["owner"].str.replace("担当-", "Owner-").equals(en.frame["owner"])
    assert ja.frame["customer_id"].equals(en.frame["customer_id"])
    assert differing(ja, en) <= {"name", "owner", "strategy"} | LABELS
    assert list(edition_of(ja)) == list(edition_of(en))
    assert list(edition_of(ja)) != list(edition_of(masked(raw, "監査法人", KEY, smallest_group=0)[0]))
    assert not [word for word in words_of(en) if "伏字" in word or "秘匿" in word]
    for by in ("row:tag", "row:kind", "total"):
        assert list(voc(en, by)) == list(voc(raw, by))


def test_two_values_alike_in_the_short_form_get_the_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Pseudonyms, "_hash_value", lambda _self, _kind, value: b"alike" + value.encode().ljust(27, b"-")
    )
    found = Pseudonyms("x", KEY).of("name", ["a", "b"])
    assert len(set(found.values())) == 2
    assert {len(each) for each in found.values()} == {len("顧客-") + 16}


def test_the_key_is_the_run_stores_and_only_its_owner_may_read_it() -> None:
    from engine.runs.store.layout import key_file

    assert len(secret()) == 32
    assert key_file().stat().st_mode & 0o077 == 0
    assert repr(Pseudonyms("x", secret())).count(repr(secret())) == 0


def test_a_run_stored_without_names_meets_a_raw_one(hidden: Portfolio) -> None:
    raw = reports.sample()
    stored = mask(raw, "pseudonyms")
    again = masked(stored, "監査法人", secret())[0]
    fresh = masked(raw, "監査法人", secret())[0]
    assert again.frame["customer_id"].tolist() == fresh.frame["customer_id"].tolist()
    assert len(movement(again, fresh, "standard").movers) == 0
    assert hidden.frame["customer_id"].tolist() != fresh.frame["customer_id"].tolist()  # another key


def test_a_run_of_which_only_scores_were_stored_is_masked_too() -> None:
    raw = mask(reports.sample(), "scored")
    found = masked(raw, "監査法人", KEY)[0]
    assert differing(raw, found) <= NAMES | LABELS
    assert not set(found.frame["name"]) & set(raw.frame["name"])
    assert found.tables.kept == "scored"


def test_a_label_of_few_customers_is_hidden_and_stays_a_group_of_its_own() -> None:
    raw = portfolio_of(
        {
            "顧客名": ["あ社", "い社", "う社", "え社", "お社", "か社"],
            "業界": ["製造", "製造", "製造", "宇宙", "宇宙", "深海"],
            "年間売上": [6, 5, 4, 3, 2, 1],
        },
        as_of=date(2026, 9, 30),
    )
    told = masked(raw, "x", KEY)[0].frame["industry"].tolist()
    assert told[:3] == ["製造"] * 3
    assert all(label.startswith("その他(秘匿)") for label in told[3:])
    assert told[3] == told[4] != told[5]
    assert masked(raw, "x", KEY, smallest_group=0)[0].frame["industry"].tolist() == raw.frame["industry"].tolist()


def test_a_label_that_tells_a_name_is_hidden_however_many_have_it() -> None:
    raw = portfolio_of(
        {"顧客名": ["青葉電機", "い社", "う社"], "地域": ["青葉電機ビル"] * 3, "年間売上": [3, 2, 1]},
        as_of=date(2026, 9, 30),
    )
    assert not any("青葉" in label for label in masked(raw, "x", KEY)[0].frame["region"])


def test_key_people_are_secrets_by_family_and_given_name() -> None:
    raw = portfolio_of(
        {"顧客名": ["青葉電機"], "年間売上": [3]},
        as_of=date(2026, 9, 30),
        plans={"顧客名": ["青葉電機"], "キーパーソン": ["購買部 部長 試作 とおる(決裁)、仮名 はなこ"]},
    )
    secrets = secrets_of(raw)
    assert secrets.tells("仮名はなこ様")
    assert secrets.tells("試作トオル様")
    assert not secrets.tells("試作の品")


def test_a_users_own_columns_are_left_out() -> None:
    raw = portfolio_of({"顧客名": ["青葉電機"], "年間売上": [3], "社長の名前": ["山田太郎"]}, as_of=date(2026, 9, 30))
    assert "社長の名前" in raw.frame
    hidden = masked(raw, "x", KEY)[0]
    assert "社長の名前" not in hidden.frame
    assert "社長の名前" not in hidden.tables.customers


def test_benchmarks_still_meet_the_part_that_they_are_compared_with() -> None:
    from engine.lists.benchmarks import compare

    raw = portfolio_of(
        {"顧客名": ["あ社", "い社"], "業界": ["宇宙", "深海"], "年間売上": [300, 100]},
        as_of=date(2026, 9, 30),
        benchmarks={
            "比較先": ["競合X", "競合X"],
            "指標": ["構成比", "HHI"],
            "区分": ["宇宙", ""],
            "値": ["40%", 2000],
            "出典": ["社内", "社内"],
            "時点": ["2026/3/31", "2026/3/31"],
        },
    )
    before, after = compare(raw), compare(masked(raw, "x", KEY)[0])
    assert [each.own for each in after] == [each.own for each in before]
    assert before[0].own is not None
    assert not [each for each in after if "競合" in each.who or each.item == "宇宙"]


def test_cdnow_keeps_every_number() -> None:
    raw = score(cdnow.sample_tables())
    found = masked(raw, "x", KEY)[0]
    assert differing(raw, found) == {"customer_id", "name"}
    assert not set(raw.frame["customer_id"]) & set(found.frame["customer_id"])


def test_a_card_of_a_masked_customer_names_nobody(hidden: Portfolio) -> None:
    raw = secrets_of(reports.sample())
    shown = "|".join(f"{line.label.ja} {line.value.ja} {line.value.en}" for line in profile(hidden, 0))
    assert not {hit.kind for hit in raw.found(shown)} & {"name", "kana", "owner"}


@settings(max_examples=25, deadline=None)
@given(
    names=st.lists(
        st.text("アイウエオ青葉電機商事ABC株式会社()・ ", min_size=1, max_size=12).filter(str.strip),
        min_size=2,
        max_size=6,
        unique_by=lambda name: name.strip(),
    ),
    sales=st.lists(st.integers(0, 10**9), min_size=6, max_size=6),
)
def test_masking_keeps_every_number_whatever_the_names(names: list[str], sales: list[int]) -> None:
    raw = portfolio_of(
        {
            "顧客ID": [f"C-{at:04}" for at in range(len(names))],
            "顧客名": names,
            "業界": ["製造", "製造", "製造", "小売", "小売", "鉱業"][: len(names)],
            "年間売上": sales[: len(names)],
        },
        as_of=date(2026, 9, 30),
    )
    found = masked(raw, "x", KEY)[0]
    assert differing(raw, found) <= {"customer_id", "name", "industry"}


# ---- amounts as an index ------------------------------------------------------------------------------------------------


def test_an_index_relates_every_amount_to_all_sales(hidden: Portfolio) -> None:
    raw = reports.sample()
    found = sales_index.banded(hidden, sales_index.scale_of(raw))
    share = raw.frame["sales_12m"].astype(float) / float(raw.frame["sales_12m"].sum()) * 100
    told = found.frame["sales_12m"].astype(float) / 10**sales_index.DIGITS
    assert np.allclose(told, share, atol=1e-4)
    assert (found.currency, found.digits) == ("INDEX", sales_index.DIGITS)
    orders = found.orders
    assert orders is not None
    assert int(orders["amount"].sum()) == int(found.frame["sales_total"].sum())
    assert differing(hidden, found) <= {
        name for name in hidden.frame if pd.api.types.is_integer_dtype(hidden.frame[name])
    }
    assert [alert.verdict for alert in found.alerts] == [alert.verdict for alert in raw.alerts]
    assert hidden.currency == "JPY"


def test_the_sign_of_an_index_stands_at_its_number() -> None:
    for amount, ja, en in ((-6_830_000, "指数△6.83", "index −6.83"), (6_830_000, "指数6.83", "index 6.83")):
        told = Money("INDEX", sales_index.DIGITS, "one").spoken(amount)
        assert (told.ja, told.en) == (ja, en)
        assert money_text(amount, "INDEX", sales_index.DIGITS, "ja") == ja
        assert money_text(amount, "INDEX", sales_index.DIGITS, "en") == en


def test_there_is_no_index_without_sales() -> None:
    raw = portfolio_of({"顧客名": ["あ社"], "年間売上": [None]}, as_of=date(2026, 9, 30))
    with pytest.raises(Refusal, match="指数"):
        sales_index.scale_of(raw)
