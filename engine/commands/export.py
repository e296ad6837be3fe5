"""A Portfolio as files: customers.csv, segments.csv, alerts.csv, findings.csv and summary.json."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.definition.metrics import by_column
from engine.language import words
from engine.lists.materiality import find_material
from engine.lists.summary import summarise, summarise_forecast
from engine.scoring.concentration import largest_remainder, measure
from engine.scoring.levels import AXES
from engine.scoring.portfolio import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.language.errors import Finding, Lang
    from engine.scoring.portfolio import Portfolio

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_METRICS: Final = (
    *("sales_12m", "sales_prev_12m", "growth_rate", "gross_profit_12m", "margin_rate", "sales_fy", "sales_prev_fy"),
    *("sales_total", "orders", "average_order", "first_order", "last_order", "next_order", "recency_days"),
    *("gap_median", "overdue_ratio"),
)
_IDENTITY_WORDS: Final = {
    "customer_id": ("顧客ID", "Customer ID"),
    "name": ("顧客名", "Name"),
    "parent_id": ("親会社ID", "Parent ID"),
    "industry": ("業界", "Industry"),
    "region": ("地域", "Region"),
    "size": ("規模", "Size"),
    "owner": ("担当", "Owner"),
    "channel": ("チャネル", "Channel"),
}
_PERIOD_WORDS: Final = {
    "sales_12m": ("売上(直近12か月)", "Sales, last 12 months"),
    "sales_prev_12m": ("売上(前12か月)", "Sales, previous 12 months"),
    "sales_fy": ("売上(今年度)", "Sales, this fiscal year"),
    "sales_prev_fy": ("売上(前年度)", "Sales, previous fiscal year"),
    "sales_total": ("売上(累計)", "Sales, all time"),
}


def safe_text(text: str) -> str:
    """Return text that a spreadsheet takes as text: an apostrophe before a cell that would be read as a formula.

    >>> safe_text("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def export(portfolio: Portfolio, lang: Lang) -> dict[str, bytes]:
    """Return the files of a scored run by name.

    CSV is UTF-8 with a byte-order mark, as Excel expects it, with headers and words in `lang`. Amounts are in major
    units with the currency's decimals, shares and rates plain numbers, dates `yyyy/mm/dd` in Japanese and ISO in
    English; what is not available is blank.
    """
    return {
        "customers.csv": csv_bytes(customers_table(portfolio, lang)),
        "segments.csv": csv_bytes(_tabulate_segments(portfolio, lang)),
        "alerts.csv": csv_bytes(_tabulate_alerts(portfolio, lang)),
        "findings.csv": findings_csv(portfolio.findings, lang),
        "summary.json": json.dumps(summary(portfolio), ensure_ascii=False, indent=2).encode() + b"\n",
    }


def customers_table(portfolio: Portfolio, lang: Lang) -> list[list[object]]:
    """Return the scored customers as rows, header first; the share column sums to 100.0 (largest remainder)."""
    frame, ja = portfolio.frame, lang == "ja"
    columns: list[tuple[str, Iterable[object]]] = [
        (_IDENTITY_WORDS[name][0 if ja else 1], frame[name]) for name in IDENTITY
    ]
    percent = _round_shares_to_percent(frame["share"])
    columns += [(_word_metric_header(name, lang), _export_column(portfolio, name, lang)) for name in _METRICS]
    columns.insert(len(IDENTITY) + 1, ("構成比(%)" if ja else "Share (%)", percent))  # beside the sales
    for axis in ("total", *AXES):
        columns.append((_word_score_header(axis, lang), frame[f"score_{axis}"]))
    columns.append((words.label("axes", "confidence", lang), frame["confidence"]))
    columns += [
        (words.label("axes", axis, lang), _label_codes(frame[f"level_{axis}"], "levels", lang)) for axis in AXES
    ]
    columns += [
        (_word_scheme_header(portfolio, scheme, lang), _export_segments(portfolio, scheme, lang))
        for scheme in portfolio.schemes
    ]
    columns.append(("状態" if ja else "State", _label_codes(frame["state"], "states", lang)))
    columns.append(("戦略" if ja else "Strategy", frame[f"strategy_{lang}"]))
    header: list[object] = [title for title, _ in columns]
    return [header, *(list(row) for row in zip(*(list(values) for _, values in columns), strict=True))]


def _round_shares_to_percent(shares: pd.Series) -> list[float | None]:
    """Return shares as percentages with one decimal that sum to 100.0; blanks where the sales are not known."""
    percent = largest_remainder(shares.to_numpy(np.float64, na_value=0.0))
    return [None if missing else float(each) for each, missing in zip(percent, shares.isna().to_numpy(), strict=True)]


def _label_codes(codes: Iterable[str], kind: str, lang: Lang) -> list[str]:
    return [words.label(kind, code, lang) for code in codes]


def _export_segments(portfolio: Portfolio, scheme: str, lang: Lang) -> list[str]:
    """Return each customer's segment; blanks where these data cannot carry the scheme."""
    if portfolio.assignments[scheme].refused is not None:
        return [""] * len(portfolio)
    names = {code: portfolio.segment_text(scheme, code).to(lang) for code in portfolio.segment_codes(scheme)}
    return portfolio.frame[f"segment_{scheme}"].map(names).tolist()


def _word_metric_header(column: str, lang: Lang) -> str:
    place = 0 if lang == "ja" else 1
    if column in _PERIOD_WORDS:
        return _PERIOD_WORDS[column][place]
    metric = by_column(column)
    return metric.name.to(lang) if metric else column


def _word_score_header(axis: str, lang: Lang) -> str:
    return f"{words.label('axes', axis, lang)}{'(点)' if lang == 'ja' else ' score'}"


def _word_scheme_header(portfolio: Portfolio, scheme: str, lang: Lang) -> str:
    if scheme == "standard":
        return "セグメント" if lang == "ja" else "Segment"
    return portfolio.scheme_text(scheme).to(lang)


def _export_column(portfolio: Portfolio, column: str, lang: Lang) -> list[object]:
    values = portfolio.frame[column]
    if values.dtype.kind == "M":
        pattern = "%Y/%m/%d" if lang == "ja" else "%Y-%m-%d"
        return ["" if pd.isna(day) else pd.Timestamp(day).strftime(pattern) for day in values]
    metric = by_column(column)
    if metric is not None and metric.unit == "money":
        return [_convert_minor_to_decimal(value, portfolio.digits) for value in values]
    return list(values)


def _convert_minor_to_decimal(minor: Any, digits: int) -> object:
    return None if pd.isna(minor) else Decimal(int(minor)).scaleb(-digits) if digits else int(minor)


def _tabulate_segments(portfolio: Portfolio, lang: Lang) -> list[list[object]]:
    header = ["分類", "セグメント"] if lang == "ja" else ["Scheme", "Segment"]
    measures = ("customers", "sales", "share", "sales_total", "gross_profit", "margin_rate", "score", "risk")
    titles = [words.label("measures", name, lang) for name in measures]
    titles[2] = "構成比(%)" if lang == "ja" else "Share (%)"
    rows: list[list[object]] = [[*header, *titles]]
    for scheme in portfolio.schemes:
        if portfolio.assignments[scheme].refused is not None:
            continue
        table = summarise(portfolio, "segment", measures, scheme)
        table["share"] = _round_shares_to_percent(table["share"])
        for row in table.itertuples(index=False):
            cells = [getattr(row, name) for name in measures]
            for place in (1, 3, 4):  # sales, sales_total, gross_profit
                cells[place] = _convert_minor_to_decimal(cells[place], portfolio.digits)
            rows.append([portfolio.scheme_text(scheme).to(lang), getattr(row, f"label_{lang}"), *cells])
    return rows


def _tabulate_alerts(portfolio: Portfolio, lang: Lang) -> list[list[object]]:
    if lang == "ja":
        header = ["項目", "指標", "値", "基準", "判定", "要因", "解消条件", "該当顧客", "基準の出所"]
    else:
        header = ["Test", "Measure", "Value", "Threshold", "Verdict", "Cause", "Clears when", "Customers", "Source"]
    rows: list[list[object]] = [list(header)]
    for alert in portfolio.alerts:
        names = [str(portfolio.frame["name"].iloc[position]) for position in alert.culprits]
        texts = (alert.item, alert.measure, alert.display, alert.threshold)
        rows.append(
            [
                *(text.to(lang) for text in texts),
                words.label("verdicts", alert.verdict, lang),
                alert.cause.to(lang),
                alert.clear.to(lang),
                ("、" if lang == "ja" else ", ").join(names),
                alert.source.to(lang),
            ]
        )
    return rows


def findings_csv(findings: Sequence[Finding], lang: Lang) -> bytes:
    """Return the findings as CSV: severity, table, source, row, column, value, reason."""
    if lang == "ja":
        header = ["区分", "表", "入力元", "行", "列", "値", "理由", "コード"]
    else:
        header = ["Severity", "Table", "Source", "Row", "Column", "Value", "Reason", "Code"]
    rows: list[list[object]] = [list(header)]
    for each in findings:
        severity = words.label("severities", each.severity, lang)
        place = [each.table, each.source, each.row, each.column, each.value]
        rows.append([severity, *place, each.reason.to(lang), each.code])
    return csv_bytes(rows)


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV for a spreadsheet: UTF-8 with a byte-order mark, texts that start like a formula made harmless."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerows([_make_safe_cell(value) for value in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _make_safe_cell(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, float):
        return round(float(value), 6)
    return value


def summary(portfolio: Portfolio) -> dict[str, Any]:
    """Return the run's key figures for machines: codes in English, words in both languages, amounts in major units."""
    frame = portfolio.frame
    return {
        "run": portfolio.handle,
        "hash": portfolio.hash,
        "as_of": portfolio.as_of.isoformat(),
        "tier": portfolio.tier,
        "purpose": portfolio.purpose,
        "definition": {"version": portfolio.definition.version, "hash": portfolio.definition.hash},
        "currency": portfolio.currency,
        "digits": portfolio.digits,
        "customers": len(frame),
        "orders": None if portfolio.orders is None else len(portfolio.orders),
        "newest_order": None if portfolio.newest is None else portfolio.newest.isoformat(),
        "stale": portfolio.stale,
        "stale_sources": [
            {"table": table, "days": days, "limit": limit} for table, days, limit in portfolio.stale_sources
        ],
        "sales_12m": _sum_major_units(frame["sales_12m"], portfolio.digits),
        "sales_total": _sum_major_units(frame["sales_total"], portfolio.digits),
        "concentration": {by: _compute_indices_json(portfolio, by) for by in _list_groupable_columns(portfolio)},
        "segments": {scheme: _count_segments_json(portfolio, scheme) for scheme in portfolio.schemes},
        "forecast": _make_forecast_json(portfolio),
        "material": findings_json(portfolio),
        "alerts": [_make_alert_json(alert, portfolio) for alert in portfolio.alerts],
        "cuts": portfolio.cuts,
        "notes": [note._asdict() for note in portfolio.notes],
        "reconciliation": portfolio.reconciliation.to_dict("records"),
    }


def _make_forecast_json(portfolio: Portfolio) -> dict[str, Any] | None:
    found = summarise_forecast(portfolio)
    if found is None:
        return None
    amounts = ("sales", "sales_low", "sales_high", "sales_before")
    money = {name: _convert_minor_to_number(found[name], portfolio.digits) for name in amounts}
    return found | money | {"lost": round(found["lost"], 6)}


def findings_json(portfolio: Portfolio) -> dict[str, Any]:
    """Return the findings ranked by expected money, the most first: codes, amounts in major units, texts in both languages."""
    found, digits = find_material(portfolio), portfolio.digits
    ids = portfolio.frame["customer_id"]
    rows = [
        {
            "rank": place,
            "kind": row.kind,
            "customers": [str(ids.iloc[at]) for at in row.customers],
            "amount": _convert_minor_to_number(row.amount, digits),
            "sales": _convert_minor_to_number(row.sales, digits),
            "probability": round(row.probability, 6),
            "probability_from": row.probability_code,
            "expected": _convert_minor_to_number(row.expected, digits),
            "interval": None
            if row.low is None or row.high is None
            else [_convert_minor_to_number(end, digits) for end in (row.low, row.high)],
            "n": row.n,
            "material": found.is_material(row),
            "headline": found.is_headline(row),
            "owner": {"code": row.owner_code, **row.owner._asdict()},
            "due": row.due.isoformat(),
            "title": words.text("finding_kinds", row.kind)._asdict(),
            "who": row.who._asdict(),
            "cause": row.what._asdict(),
        }
        for place, row in enumerate(found.rows, start=1)
    ]
    least = _convert_minor_to_number(found.least, digits)
    return {"basis": found.basis, "least": least, "summary": found.summary._asdict(), "findings": rows}


def _convert_minor_to_number(minor: int, digits: int) -> float | int:
    return minor if digits == 0 else float(Decimal(minor).scaleb(-digits))


def _sum_major_units(values: pd.Series, digits: int) -> float | int | None:
    if not values.notna().any():
        return None
    return _convert_minor_to_number(int(values.sum()), digits)


def _list_groupable_columns(portfolio: Portfolio) -> list[str]:
    return ["customer", *(by for by in ("industry", "region", "size") if portfolio.frame[by].notna().any())]


def _compute_indices_json(portfolio: Portfolio, by: str) -> dict[str, float | None]:
    values = {name: measure(portfolio, name, by) for name in words.codes("indices")}
    return {name: None if np.isnan(value) else round(value, 6) for name, value in values.items()}


def _count_segments_json(portfolio: Portfolio, scheme: str) -> dict[str, Any]:
    refused = portfolio.assignments[scheme].refused
    if refused is not None:
        return {"refused": refused._asdict()}
    table = summarise(portfolio, "segment", ("customers", "sales", "share", "sales_total"), scheme).set_index("group")
    return {
        str(code): {
            "customers": int(row["customers"]),
            "sales": _sum_major_units(pd.Series([row["sales"]], dtype="Int64"), portfolio.digits),
            "sales_total": _sum_major_units(pd.Series([row["sales_total"]], dtype="Int64"), portfolio.digits),
            "share": None if pd.isna(row["share"]) else round(float(row["share"]), 6),
        }
        for code, row in table.iterrows()
    }


def _make_alert_json(alert: Any, portfolio: Portfolio) -> dict[str, Any]:
    return {
        "code": alert.code,
        "item": alert.item._asdict(),
        "value": None if alert.value is None else round(alert.value, 6),
        "display": alert.display._asdict(),
        "threshold": alert.threshold._asdict(),
        "verdict": alert.verdict,
        "customers": [str(portfolio.frame["customer_id"].iloc[position]) for position in alert.culprits],
        "clear": alert.clear._asdict(),
        "source": alert.source._asdict(),
    }
