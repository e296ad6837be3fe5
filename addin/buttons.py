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

_DATA: Final = Group(
    "data",
    Text("データ", "Data"),
    (
        Button(
            "import_table",
            Text("取り込み", "Import"),
            Text(
                "CSVかExcelのファイルを1つ選び、どの表か、何行か、どの列が入るかを確かめてから、その表のシート(顧客・取引など)に"
                "入れます。シートの前の行は置き換わります。入力のシートに書き込むボタンはこれだけです。",
                "Choose one CSV or Excel file. After showing which table it is, how many rows and which columns fit, it goes "
                "into that table's sheet in place of the rows there. No other button writes into an input sheet.",
            ),
            image="GetExternalDataFromText",
        ),
        Button(
            "check_data",
            Text("検査", "Check"),
            Text(
                "採点せずに、使える行・使えない行とその理由、列ごとの充足率、足りないものとそのために出せない指標を"
                "「データ検査」に書きます。",
                "Without scoring: rows that can and cannot be used and why, how complete each column is, and what cannot be "
                "had for want of it, on the sheet Data check.",
            ),
            image="DataValidation",
        ),
        Button(
            "duplicates",
            Text("名寄せ候補", "Duplicates"),
            Text(
                "法人番号・名前・カナが同じ顧客と、名前が似ている顧客の組を「名寄せ候補」に書きます。顧客表は変えません。",
                "Lists customers with the same corporate number, name or reading, and similar names, on the sheet Duplicates. "
                "The customer table is not changed.",
            ),
            image="RemoveDuplicates",
        ),
        Button(
            "open_sample",
            Text("サンプルを開く", "Open sample"),
            Text(
                "架空の会社のデータが入った見本のブックを開きます(ドキュメントの「顧客ポートフォリオ」フォルダー。初めのときに作ります)。",
                "Opens a sample workbook with the data of a fictional company, in your documents; it is made the first time.",
            ),
            image="FileOpen",
            needs="nothing",
        ),
    ),
)

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

_RECORDS: Final = Group(
    "records",
    Text("記録", "Records"),
    (
        Button(
            "snapshot",
            Text("スナップショット", "Snapshot"),
            Text(
                "今の実行(データ・定義・点数)をメモを付けて保存します。後から前回として比べられ、同じ数字を再現できます。",
                "Stores the present run (data, definition, scores) with a note: it can be compared with later, and its "
                "numbers come out the same.",
            ),
            image="Camera",
            needs="run",
        ),
        Button(
            "compare_runs",
            Text("前回と比較", "Compare"),
            Text(
                "前回の見直しからの異動を「異動」に書きます: 行列、データの影響と定義の影響、顧客数の増減、異動した顧客と主因。",
                "Writes what moved since the review before on the sheet Movement: the matrix, the effect of the data and of "
                "the definition, the bridge of customers, who moved and why.",
            ),
            image="ReviewTrackChanges",
            needs="run",
        ),
        Button(
            "trace",
            Text("根拠をたどる", "Trace"),
            Text(
                "選んだ顧客の点数や指標を、入力の表と行、取込時刻、ハッシュ、定義の版までたどって「根拠」に書きます。",
                "Follows a score or metric of the selected customer back to tables and rows, time of reading, hash and "
                "definition, on the sheet Trace.",
            ),
            image="TracePrecedents",
            needs="run",
        ),
        Button(
            "audit_log",
            Text("監査ログ", "Audit log"),
            Text(
                "このブックで何をいつ誰がしたか(更新・取り込み・変更など)を示し、実行の保存先の記録が改ざんされていないかを確かめます。",
                "Shows what was done to this workbook, when and by whom, and verifies the log of the stored runs.",
            ),
            image="ReviewShareWorkbook",
        ),
    ),
)

_HELP: Final = Group(
    "help",
    Text("ヘルプ", "Help"),
    (
        Button(
            "functions_list",
            Text("関数一覧", "Functions"),
            Text(
                "=PORTFOLIO_… の関数と引数の一覧を前に出します。",
                "Brings the list of the functions =PORTFOLIO_… and their arguments to the front.",
            ),
            image="FunctionWizard",
            needs="nothing",
        ),
        Button(
            "glossary",
            Text("用語集", "Glossary"),
            Text(
                "用語の意味と、どこで見るかの一覧を前に出します。",
                "Brings the glossary to the front: what each term means and where it is.",
            ),
            image="Bullets",
            needs="nothing",
        ),
        Button(
            "diagnose",
            Text("診断", "Diagnosis"),
            Text(
                "セルやボタンが答えないときに、Python・アドイン・マクロの方針・保存先・報告書の印刷を調べ、直し方を示します。",
                "When a cell or button does not answer: looks at Python, the add-in, the macro policy, the run store and the "
                "printer of reports, and says what mends it.",
            ),
            image="ErrorChecking",
            needs="nothing",
        ),
        Button(
            "values_copy",
            Text("値だけの控え", "Values-only copy"),
            Text(
                "数式をすべて値にした控えを別のファイルに保存します。アドインのない人が開いても #NAME? になりません。"
                "このブックは変わりません。",
                "Saves a copy in which every formula is its value, so that a colleague without the add-in never sees #NAME?. "
                "This workbook stays as it is.",
            ),
            image="PasteValues",
        ),
        Button(
            "relink",
            Text("関数リンクを直す", "Repair function links"),
            Text(
                "別のパソコンで保存したブックで =PORTFOLIO_… が #NAME? や #REF! になるときに、数式のつながりを直します。"
                "ほかの数式は変わりません。",
                "Mends =PORTFOLIO_… formulas that show #NAME? or #REF! in a workbook from another computer. "
                "No other formula is changed.",
            ),
            image="HyperlinkInsert",
        ),
    ),
)

GROUPS: Final = (_DATA, _SCORING, _ANALYSIS, _TRIALS, _RECORDS, _REPORTING, _HELP)


def texts() -> tuple[tuple[str, Text], ...]:
    """Return every word of the ribbon under the key by which the add-in's VBA asks for it."""
    found = [("ribbon.title", TAB), ("ribbon.no_workbook", NO_WORKBOOK), ("ribbon.portfolio", TAB)]
    for group in GROUPS:
        found.append((f"ribbon.{group.key}", group.label))
        for button in group.buttons:
            key = f"ribbon.{button.key}"
            found += [(key, button.label), (f"{key}.tip", button.tip), (f"{key}.needs", Text(*[button.needs] * 2))]
    return tuple(found)
