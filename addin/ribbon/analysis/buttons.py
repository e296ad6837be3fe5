"""The buttons of the group 分析."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
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
        Button(
            "backtest",
            Text("的中を確かめる", "Test past grades"),
            Text(
                "過去の時点で今の判定を行い、その後に実際に起きたことと比べて、どれだけ当たったかを表示します。",
                "Gives today's grades at earlier dates, holds them against what followed, and shows how often they came true.",
            ),
            image="ChartTypeLineInsertGallery",
            needs="run",
        ),
    ),
)
