"""The output sheets in one place: which there are, and who writes each, for a filled workbook and an empty one alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbooks.sheets.concentration import write_concentration
from workbooks.sheets.map import write_map
from workbooks.sheets.movement import write_movement
from workbooks.sheets.opportunities import write_chances
from workbooks.sheets.portfolio import write_portfolio
from workbooks.sheets.records import write_audit, write_quality
from workbooks.sheets.trials import write_trials
from workbooks.sheets.value import write_worth
from workbooks.sheets.views import write_explanation, write_segments, write_status
from workbooks.sheets.voice import write_voice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbooks.sheets.output_sheet import Stage

OUTPUTS: Final[Mapping[str, Callable[[Stage], None]]] = {
    "ポートフォリオ表": write_portfolio,
    "集中リスク": write_concentration,
    "マップ": write_map,
    "セグメント": write_segments,
    "異動": write_movement,
    "試算": write_trials,
    "価値と維持": write_worth,
    "機会": write_chances,
    "顧客の声": write_voice,
    "説明": write_explanation,
    "状態": write_status,
    "データ品質": write_quality,
    "監査ログ": write_audit,
}
"""Name of each output sheet → what adds it to a `Stage`; `ポートフォリオ表` and `異動` define PF_UNIT and PF_PREVIOUS."""
