"""The ribbon as data: tab, groups and buttons with their words, from which the ribbon's XML and texts are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.errors import Text

__all__ = ["GROUPS", "NO_WORKBOOK", "TAB", "Button", "Group", "Needs", "texts"]

Needs = Literal["nothing", "book", "run"]


@dataclass(frozen=True, slots=True)
class Button:
    """One button.

    Parameters
    ----------
    key
        ASCII name: the control's id in the ribbon, and the name under which `addin.ribbon` finds what it does.
    label, tip
        The word on the button, and the sentence that appears when the pointer rests on it.
    image
        Name of one of Office's own icons (imageMso).
    large
        Whether the button takes the whole height of the ribbon.
    needs
        What must be there for the button to be enabled: nothing, an open workbook, or a workbook with a run in `PF_RUN`.
    """

    key: str
    label: Text
    tip: Text
    image: str
    large: bool = False
    needs: Needs = "book"


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of buttons."""

    key: str
    label: Text
    buttons: tuple[Button, ...]


TAB: Final = Text("顧客ポートフォリオ", "Customer Portfolio")
NO_WORKBOOK: Final = Text("ブックを開いてから押してください。", "Open a workbook first.")

_SCORING: Final = Group(
    "scoring",
    Text("スコア", "Scoring"),
    (
        Button(
            "refresh",
            Text("更新", "Refresh"),
            Text(
                "このブックの顧客・取引・設定を読み、採点し直します。結果は「ポートフォリオ表」「データ品質」と"
                "名前 PF_RUN に入ります。入力のシートは変わりません。",
                "Reads this workbook's customers, orders and settings and scores them again. The results go to the "
                "sheets Portfolio and Data quality and to the name PF_RUN. Input sheets are not changed.",
            ),
            image="RefreshAll",
            large=True,
        ),
        Button(
            "as_of",
            Text("基準日", "As-of date"),
            Text(
                "いつの時点で採点するかを聞き、「設定」の基準日の1セルだけを書き換えます(2026/9/30、令和8年9月30日、空欄は"
                "最新の取引日)。「設定」がなければ作ります。反映するには「更新」を押します。",
                "Asks for the day as of which customers are scored and changes that one cell of Settings (blank: the newest "
                "order date). Settings is made where it is missing. Press Refresh to take it up.",
            ),
            image="CalendarInsert",
        ),
        Button(
            "purpose",
            Text("目的", "Purpose"),
            Text(
                "目的(新規開拓・既存深耕・リスク回避)を選びます。総合点の重みが変わります。「設定」の目的の1セルだけを書き換え、"
                "反映するには「更新」を押します。",
                "Choose the purpose (Acquire, Deepen, Avoid risk): it weighs the total score. Changes that one cell of "
                "Settings; press Refresh to take it up.",
            ),
            image="AdvancedFilterDialog",
        ),
        Button(
            "edit_definition",
            Text("定義を編集", "Edit definition"),
            Text(
                "「設定」を前に出します(なければ作ります)。しきい値や規則をすでに変えてあれば、「更新」で採用する前に、何社が"
                "どこへ移動するかを知らせ、「定義の影響」に一覧を書きます。",
                "Brings Settings to the front (made where it is missing). Where thresholds or rules were changed already, it "
                "tells how many customers would move, before Refresh adopts them, and lists them on Effect of the definition.",
            ),
            image="ControlProperties",
        ),
        Button(
            "pending",
            Text("未反映を確認", "What is pending"),
            Text(
                "最後の更新の後に、入力の表と設定のどこが変わったか(追加・削除・変更の行数、変えた定義)を知らせます。何も書きません。",
                "Tells what changed in the input tables and in Settings since the last refresh: rows added, removed and "
                "changed, entries of the definition. Writes nothing.",
            ),
            image="ReviewHighlightChanges",
            needs="run",
        ),
    ),
)

_ANALYSIS: Final = Group(
    "analysis",
    Text("分析", "Analysis"),
    (
        Button(
            "portfolio_table",
            Text("ポートフォリオ表", "Portfolio"),
            Text(
                "全顧客の表(売上・継続性・成長ポテンシャル・リスク・戦略・セグメント・総合点)を表示します。",
                "Shows the table of all customers: sales, continuity, growth, risk, strategy, segment and total score.",
            ),
            image="TableInsertExcel",
            needs="run",
        ),
        Button(
            "concentration",
            Text("集中リスク", "Concentration"),
            Text(
                "顧客への依存・集中の検査を、要因と解消条件、集中度の指標、売上上位のグラフと一緒に表示します。",
                "Shows the tests of dependence with cause and what would clear them, the indices, and a chart of the "
                "largest customers.",
            ),
            image="ChartTypeBarInsertGallery",
            needs="run",
        ),
        Button(
            "value_map",
            Text("収益性マップ", "Profitability map"),
            Text(
                "売上×粗利率のバブルチャートを、象限の名前と区切りと一緒に表示します。",
                "Shows sales by margin as a bubble chart, with named quadrants and their dividing lines.",
            ),
            image="ChartTypeOtherInsertGallery",
            needs="run",
        ),
        Button(
            "segments",
            Text("セグメント", "Segments"),
            Text(
                "セグメントごとの社数・売上・構成比・粗利と、代表的な顧客像を表示します。",
                "Shows customers, sales, share and profit by segment, and what the typical customer is like.",
            ),
            image="PivotTableInsert",
            needs="run",
        ),
        Button(
            "cross_sell",
            Text("クロスセル", "Cross-sell"),
            Text(
                "選択した顧客に次に提案できる商品と根拠を表示します。顧客を選んでいなければ、全顧客の機会を並べます。",
                "Shows what to offer the selected customers next, and why; without a customer, all opportunities.",
            ),
            image="SmartArtInsert",
            needs="run",
        ),
        Button(
            "explain",
            Text("説明", "Explain"),
            Text(
                "選択したセルの顧客について、点数の内訳(寄与の合計が点数)と前回との差を表示します。"
                "軸の列を選ぶと、その軸だけを説明します。",
                "Explains the scores of the selected cell's customer: contributions that sum to the score, and the "
                "change since the last review. On the column of an axis, that axis alone.",
            ),
            image="FormulaEvaluate",
            needs="run",
        ),
    ),
)

_TRIALS: Final = Group(
    "trials",
    Text("試算", "What if"),
    (
        Button(
            "lose",
            Text("失注を試す", "Lose customers"),
            Text(
                "選択した顧客を失った場合の、売上・集中度・検査結果の変化を試算します。入力は変わりません。",
                "Tries what the loss of the selected customers does to sales, concentration and tests. No input changes.",
            ),
            image="Delete",
            needs="run",
        ),
        Button(
            "change",
            Text("条件を変える", "Change values"),
            Text(
                "シート「試算」の表(対象・項目・変更)のとおりに変えた場合を試算します。表がなければ、例と一緒に用意します。",
                "Tries the changes of the table (target, item, change) on the sheet What if; makes one where there is none.",
            ),
            image="WhatIfAnalysisMenu",
            needs="run",
        ),
        Button(
            "allocate",
            Text("時間配分", "Allot hours"),
            Text(
                "1年の営業時間を、もっとも成果が増えるように顧客へ配ります。時間をかけ過ぎの「ごひいき先」も示します。",
                "Allots a year's hours to customers where they bring most, and names those that get too many today.",
            ),
            image="FunctionsDateTimeInsertGallery",
            needs="run",
        ),
        Button(
            "cases",
            Text("案を保存/比較", "Save or compare cases"),
            Text(
                "今の試算を名前を付けて保存し、保存した案を横に並べて比べます。",
                "Saves the current what-if under a name, and sets the saved cases side by side.",
            ),
            image="WindowSideBySide",
            needs="run",
        ),
    ),
)

_REPORTING: Final = Group(
    "reporting",
    Text("報告", "Report"),
    (
        Button(
            "preview",
            Text("プレビュー", "Preview"),
            Text(
                "役員向けの報告書をブラウザーで開きます。ブックは変わりません。",
                "Opens the executive report in the browser. The workbook is not changed.",
            ),
            image="FilePrintPreview",
        ),
        Button(
            "make_pdf",
            Text("PDF作成", "Make PDF"),
            Text(
                "役員向けの報告書をPDFにし、選んだ場所に保存します。",
                "Makes the executive report as PDF and saves it where you choose.",
            ),
            image="FileSaveAsPdfOrXps",
        ),
        Button(
            "mail_draft",
            Text("メール下書き", "Draft mail"),
            Text(
                "報告書を付けたメールの下書き(.eml)を作ります。送信はしません。",
                "Makes a draft (.eml) of a mail with the report. Nothing is sent.",
            ),
            image="FileSendAsAttachment",
        ),
        Button(
            "masking",
            Text("マスキング切替", "Masking on/off"),
            Text(
                "報告書の顧客名などを伏せるかどうかを切り替えます。状態はブックに残り、押すと今の状態が表示されます。",
                "Turns the hiding of names in reports on or off. The workbook keeps the state; pressing tells which it is.",
            ),
            image="ReviewProtectWorkbook",
        ),
    ),
)

GROUPS: Final = (_SCORING, _REPORTING)


def texts() -> tuple[tuple[str, Text], ...]:
    """Return every word of the ribbon under the key by which the add-in's VBA asks for it."""
    found = [("ribbon.title", TAB), ("ribbon.no_workbook", NO_WORKBOOK), ("ribbon.portfolio", TAB)]
    for group in GROUPS:
        found.append((f"ribbon.{group.key}", group.label))
        for button in group.buttons:
            key = f"ribbon.{button.key}"
            found += [(key, button.label), (f"{key}.tip", button.tip), (f"{key}.needs", Text(*[button.needs] * 2))]
    return tuple(found)
