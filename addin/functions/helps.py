"""The help of every argument, in both languages; an argument that several functions share is described once."""

from __future__ import annotations

from typing import Final

from addin.functions.registry import Help
from engine.language.errors import Text

# The groups of the function wizard.
RUNS_GROUP: Final = Text("顧客ポートフォリオ: 実行", "Customer portfolio: run")
CUSTOMERS_GROUP: Final = Text("顧客ポートフォリオ: 顧客", "Customer portfolio: customer")
WHOLE_GROUP: Final = Text("顧客ポートフォリオ: 全体", "Customer portfolio: whole")

RUN: Final = Help(
    "run",
    Text("実行", "run"),
    Text(
        "PORTFOLIO_RUN が返す実行ID。省略時はこのブックの PF_RUN",
        "Handle from PORTFOLIO_RUN; this workbook's PF_RUN when left out",
    ),
)
CUSTOMER: Final = Help(
    "names",
    Text("顧客", "customer"),
    Text(
        "顧客IDまたは顧客名。範囲を渡すと同じ形で返す(株式会社・(株)、全角・半角の違いは問わない)",
        "Customer ID or name; a range is answered in its own shape (legal form and width do not matter)",
    ),
)
CUSTOMERS: Final = Help(
    "table",
    Text("顧客表", "customers"),
    Text("見出し行を含む顧客表の範囲", "Range of the customer table, with its header row"),
)
ORDERS: Final = Help(
    "table",
    Text("取引表", "orders"),
    Text("見出し行を含む取引表の範囲(省略可)", "Range of the orders, with its header row (optional)"),
)
DEFINITION: Final = Help(
    "table",
    Text("定義", "definition"),
    Text(
        "しきい値などを変えるキーと値の2列(省略時は標準の定義)",
        "Two columns, key and value, that change the definition (optional)",
    ),
)
CONTACTS: Final = Help(
    "table", Text("接点表", "contacts"), Text("接点表の範囲(省略可)", "Range of the contact log (optional)")
)
SURVEYS: Final = Help(
    "table", Text("アンケート表", "surveys"), Text("アンケート表の範囲(省略可)", "Range of the surveys (optional)")
)
COSTS: Final = Help("table", Text("費用表", "costs"), Text("費用表の範囲(省略可)", "Range of the costs (optional)"))
PRODUCTS: Final = Help(
    "table", Text("商品表", "products"), Text("商品表の範囲(省略可)", "Range of the products (optional)")
)
LEADS: Final = Help("table", Text("リード表", "leads"), Text("リード表の範囲(省略可)", "Range of the leads (optional)"))
PLANS: Final = Help(
    "table",
    Text("アカウントプラン表", "plans"),
    Text("アカウントプラン表の範囲(省略可)", "Range of the account plans (optional)"),
)
ACTIONS: Final = Help(
    "table",
    Text("アクション表", "actions"),
    Text("アクション表の範囲(省略可)", "Range of the actions and decisions (optional)"),
)
BENCHMARKS: Final = Help(
    "table",
    Text("ベンチマーク表", "benchmarks"),
    Text("ベンチマーク表の範囲(省略可)", "Range of the benchmarks (optional)"),
)
SCHEME: Final = Help(
    "word",
    Text("分類", "scheme"),
    Text(
        "標準・RFM・CPM・ABC・デシル・ライフサイクル・VOL16・VOL16セル・成長余力・シェア伸び・パフォーマンス×ポテンシャル・成長シェア、"
        "自社の分類、または業界・地域・規模・担当・チャネル・顧客(名)",
        "Standard, RFM, CPM, ABC, Decile, Lifecycle, VOL16, VOL16 cell, Growth by headroom, Share by growth, "
        "Performance by potential, Growth by share, a scheme of your own, or Industry, Region, Size, Owner, Channel, Customer",
    ),
)
SCORED_AXIS: Final = Help(
    "word",
    Text("軸", "axis"),
    Text(
        "総合(既定)・価値・継続性・成長・リスク・信頼度",
        "Total (default), Value, Continuity, Growth, Risk or Confidence",
    ),
)
LEVELLED_AXIS: Final = Help(
    "word", Text("軸", "axis"), Text("価値・継続性・成長・リスク", "Value, Continuity, Growth or Risk")
)
EXPLAINED_AXIS: Final = Help(
    "word",
    Text("軸", "axis"),
    Text("総合(既定)・価値・継続性・成長・リスク", "Total (default), Value, Continuity, Growth or Risk"),
)
METRIC: Final = Help(
    "word",
    Text("指標", "metric"),
    Text("指標辞書の語(売上・粗利・間隔など)", "A word of the metric dictionary, such as Sales"),
)
PERIOD: Final = Help(
    "word",
    Text("期間", "period"),
    Text(
        "直近12か月(既定)・前12か月・今年度・前年度・累計",
        "Last 12 months (default), Previous 12 months, This fiscal year, Previous fiscal year or All time",
    ),
)
STYLE: Final = Help(
    "word",
    Text("形式", "style"),
    Text("一行(既定)・表・値のみ(見出しのない表)", "Line (default), Table, or Values only (no header)"),
)
GROUPED_BY: Final = Help(
    "word",
    Text("切り口", "by"),
    Text(
        "セグメント(既定)・業界・地域・地方・規模・担当・チャネル・状態、分類名、または顧客表の列名",
        "Segment (default), Industry, Region, District, Size, Owner, Channel, State, a scheme, or a column of the customers",
    ),
)
MEASURES: Final = Help(
    "words",
    Text("項目", "measures"),
    Text(
        "社数・売上・構成比・前年売上・前年差pt・粗利・粗利率・総合点・リスク点・LTVを「,」で区切る。「比較」はベンチマークとの差",
        "Customers, Sales, Share, Previous sales, Change (pt), Gross profit, Gross margin and more, with commas; or "
        "Comparison: the gap to the benchmarks",
    ),
)
INDEX: Final = Help(
    "word",
    Text("指標", "index"),
    Text(
        "HHI(既定)・CR1・CR3・CR5・有効数・エントロピー・ジニ・80%社数",
        "HHI (default), CR1, CR3, CR5, Effective number, Entropy, Gini, Customers to 80 %",
    ),
)
BY: Final = Help(
    "word",
    Text("切り口", "by"),
    Text(
        "顧客(既定。親会社に集約)・業界・地域・規模など",
        "Customer (default, rolled up to the parent), Industry, Region, Size and so on",
    ),
)
MEASURE: Final = Help("word", Text("項目", "measure"), Text("売上(既定)・粗利", "Sales (default) or Gross profit"))
VERDICT: Final = Help(
    "words",
    Text("判定", "level"),
    Text(
        "この判定以上だけを返す(注意・警告・重大。省略時はすべて)",
        "Only this verdict or worse: Caution, Warning, Severe (all when left out)",
    ),
)
ITEM: Final = Help(
    "words",
    Text("項目", "item"),
    Text(
        "実行ID・基準日・鮮度・件数・品質・定義版・階層・未反映・マスキング・目的(省略時はすべて、「値のみ」で見出しなし)",
        "Run, As-of date, Freshness, Counts, Quality, Definition, Tier, Pending, Masking or Purpose (all when left out)",
    ),
)
