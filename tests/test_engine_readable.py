"""The definition as planners read it: sentences and single numbers, back and forth without loss."""

from __future__ import annotations

import pytest

from engine.definition.definition import Definition, load_definition
from engine.definition.rule_sentences import read_rule, readable_rows, write_rule
from engine.language.errors import Refusal


def test_the_readable_rows_are_the_definition() -> None:
    known = load_definition()
    rows = readable_rows(known)
    assert Definition.from_rows([(row.key, row.value) for row in rows]) == known
    assert len(rows) > len(known.rows())
    assert all("→" in str(row.value) for row in rows if row.key.startswith(("standard.", "strategy.")))


def test_a_changed_definition_comes_back_as_well() -> None:
    changed = Definition.from_rows(
        [
            ("alerts.dependence.caution", 0.15),
            ("purposes.deepen.growth", "40"),
            ("standard.1", "成長=高、リスク=中・低 → 成長"),
            ("standard.2", "それ以外 → 不明"),
        ]
    )
    assert changed.value("alerts.dependence") == {"caution": 0.15, "warning": 0.2, "severe": 0.3}
    assert changed.value("purposes.deepen")["growth"] == 40
    assert changed.rules("standard") == [
        {"when": {"growth": "high", "risk": ["mid", "low"]}, "then": "growth"},
        {"when": {}, "then": "unknown"},
    ]
    assert Definition.from_rows([(row.key, row.value) for row in readable_rows(changed)]) == changed


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("リスク=高、継続性=低 → 会う", {"risk": "high", "continuity": "low"}),
        ("リスクが高 かつ 成長＝中・低 -> 会う", {"risk": "high", "growth": ["mid", "low"]}),
        ("ﾘｽｸ=高,成長=中 ⇒ 会う", {"risk": "high", "growth": "mid"}),
        ("risk = high and growth = mid or low → 会う", {"risk": "high", "growth": ["mid", "low"]}),
        ("それ以外 → 会う", {}),
        ("otherwise → 会う", {}),
        (" → 会う", {}),
    ],
)
def test_people_write_rules_in_many_ways(written: str, when: dict[str, object]) -> None:
    assert read_rule("strategy", written) == {"when": when, "ja": "会う", "en": "会う"}


@pytest.mark.parametrize(
    "written",
    [
        "リスク=高", "リスク=高 → ", "天気=晴 → 会う", "リスク=たぶん → 会う", "リスク=高、リスク=低 → 会う", "リスク=高 → 会う → 帰る",
        "リスク高 → 会う",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_an_example(written: str) -> None:
    assert read_rule("strategy", written) is None
    with pytest.raises(Refusal, match="リスク=高、継続性=低 → 関係を立て直す"):
        Definition.from_rows([("strategy.1", written)])


def test_both_languages_of_a_strategy_are_kept() -> None:
    rule = {"when": {"risk": "high"}, "ja": "解約を防ぐ", "en": "Prevent the loss"}
    written = write_rule("strategy", rule)
    assert written == "リスク=高 → 解約を防ぐ / Prevent the loss"
    assert read_rule("strategy", written) == rule


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("cpm.rules", {"when": {"purchases": "== 1"}, "then": "first_active"}),
        ("standard", {"when": {"risk": "high"}, "then": "自社の群"}),
        ("strategy", {"when": {"purchases": "> 3"}, "ja": "会う", "en": "Meet"}),
        ("strategy", {"when": {"risk": "high"}, "ja": "会う", "en": "Meet", "source": {"ja": "x", "en": "x"}}),
    ],
)
def test_what_a_sentence_cannot_say_stays_as_it_is(table: str, rule: dict[str, object]) -> None:
    assert write_rule(table, rule) is None


def test_a_part_that_does_not_exist_is_told_with_the_near_ones() -> None:
    with pytest.raises(Refusal, match=r"alerts\.dependence\.cautious"):
        Definition.from_rows([("alerts.dependence.cautious", 0.1)])
    with pytest.raises(Refusal, match=r"alerts\.dependence\.caution"):
        Definition.from_rows([("alerts.dependence.caution", "高め")])


def test_a_group_of_ones_own_leaves_the_other_rules_readable() -> None:
    own = Definition.from_rows(
        [("standard.1", '{"when":{"risk":"high"},"then":"自社の群"}'), ("standard.2", "それ以外 → 不明")]
    )
    values = [row.value for row in readable_rows(own) if row.key.startswith("standard.")]
    assert values == ['{"when":{"risk":"high"},"then":"自社の群"}', "それ以外 → 不明"]
