"""What `portfolio ltv` prints and writes: fits, tables by customer or by period, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import language, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from engine.language.errors import Refusal
    from engine.measures.value.contract_answers import ContractsAnswer, SurvivalAnswer
    from engine.measures.value.method_answers import MethodAnswer, Step
    from engine.measures.value.order_answers import OrdersAnswer
    from engine.models.fitting import Fit

Rows = list[list[object]]


def orders_shown(found: OrdersAnswer) -> list[str]:
    """Return the lines that show a purchase model and what the customers are worth by it."""
    lines = _word_fit(found.fit, found.answered.to(language()))
    if found.money_fit is not None:
        lines += _word_fit(found.money_fit, "Gamma-Gamma")
    lines += [say(f"不可 {model}: {why.ja}", f"refused {model}: {why.en}") for model, why in found.refused.items()]
    lines.append(
        say(
            f"顧客: 使用{found.used:,}社(うち再購入{found.repeaters:,}社)、"
            f"不使用{found.unused:,}社({found.until:%Y/%m/%d}までに購入がない)",
            f"Customers: {found.used:,} used ({found.repeaters:,} bought again), "
            f"{found.unused:,} not used (no purchase up to {found.until:%Y-%m-%d})",
        )
    )
    return [
        *lines,
        *_word_lifetime_values(found.frame),
        f"{say('前提', 'Convention')}: {found.convention.to(language())}",
    ]


def contracts_shown(found: ContractsAnswer) -> list[str]:
    """Return the lines that show a survival model of the customers' contracts and what they are worth by it."""
    active = found.frame["active"]
    lines = _word_survival(found.survival, found.survival.answered.to(language()))
    lines.append(
        say(
            f"顧客: 契約中{(active == 1).sum():,}社、終了{(active == 0).sum():,}社、不使用{active.isna().sum():,}社",
            f"Customers: {(active == 1).sum():,} under contract, {(active == 0).sum():,} ended, "
            f"{active.isna().sum():,} not used",
        )
    )
    return [
        *lines,
        *_word_lifetime_values(found.frame),
        f"{say('前提', 'Convention')}: {found.convention.to(language())}",
    ]


def steps_shown(steps: Sequence[Step]) -> list[str]:
    """Return the lines that say which methods were tried, in their order, which one answered and why the others did not."""
    lines = [
        say("方法(この順に、データに合うものを使います):", "Methods, tried in this order until the data can carry one:")
    ]
    for each in steps:
        if each.answers is None:
            verdict = say("使いません(前の方法で算出できたため)", "not needed")
        else:
            word = say("採用", "used") if each.answers else say("不可", "refused")
            verdict = f"{word} — {each.reason.to(language())}"
        lines.append(f"  {each.name.to(language())}: {verdict}")
    return lines


def method_shown(found: MethodAnswer) -> list[str]:
    """Return the lines that show which method answers, and what the customers are worth by it."""
    convention = f"{say('前提', 'Convention')}: {found.found.convention.to(language())}"
    return [*steps_shown(found.steps), *_word_lifetime_values(found.frame), convention]


def show_cohorts(found: Mapping[str, SurvivalAnswer], refused: Mapping[str, Refusal], size: float | None) -> None:
    """Show the model of each cohort and of all together; `size` is that of cohorts given in shares."""
    for name, each in found.items():
        for line in _word_survival(each, f"{_name_cohort(name)}: {each.answered.to(language())}"):
            click.echo(line)
    for name, refusal in refused.items():
        click.echo(f"{_name_cohort(name)}: {refusal.to(language())}", err=True)
    if size is not None:
        click.echo(
            say(
                f"割合の列は{size:g}人のコホートとみなしました(--cohort)。母数は変わらず、標準誤差と対数尤度が変わります",
                f"Shares were taken of a cohort of {size:g} customers (--cohort): it changes the standard errors and the "
                "log-likelihood, not the parameters",
            )
        )


def show_written(written: Iterable[Path]) -> None:
    """Name the files that were written."""
    for path in written:
        click.echo(path)


def _word_fit(fit: Fit, title: str) -> list[str]:
    error = say("標準誤差", "standard error")
    return [
        title,
        *(
            f"  {name:<8}{value:>14.6f}  ({error} {fit.standard_errors[name]:.6f})"
            for name, value in fit.parameters.items()
        ),
        say(
            f"  対数尤度 {fit.log_likelihood:,.4f}、顧客 {fit.customers:,}、収束(傾き {fit.gradient:.1e}、{fit.iterations}回)",
            f"  log-likelihood {fit.log_likelihood:,.4f}, customers {fit.customers:,}, "
            f"converged (slope {fit.gradient:.1e}, {fit.iterations} steps)",
        ),
    ]


def _word_survival(found: SurvivalAnswer, title: str) -> list[str]:
    lines = _word_fit(found.fit, title)
    lines += ["  ".join(_word_value_cell(cell).rjust(12) for cell in row[1:]) for row in survival_rows({"": found})]
    if found.expected_lifetime is not None and found.residual_lifetime is not None:
        lines.append(
            say(
                f"  割引後の期待支払い回数(1期の割引率{found.rate:g}、最初は今): 新規 {found.expected_lifetime:.4f}、"
                f"観測の終わりまで残った顧客(次の更新から) {found.residual_lifetime:.4f}",
                f"  Discounted expected payments (rate {found.rate:g} per period, the first one now): "
                f"new customer {found.expected_lifetime:.4f}, one left at the end (from the next renewal on) "
                f"{found.residual_lifetime:.4f}",
            )
        )
    return lines


def _word_lifetime_values(frame: pd.DataFrame) -> list[str]:
    mid = frame["mid"]
    lines = [
        say(
            f"LTV合計: {mid.sum():,.2f}({mid.count():,}社)",
            f"Sum of lifetime values: {mid.sum():,.2f} ({mid.count():,} customers)",
        )
    ]
    reasons = frame[f"reason_{language()}"].dropna().value_counts()
    return [*lines, *(f"  {say('算出不可', 'n/a')} {number:,}: {reason}" for reason, number in reasons.items())]


def orders_json(found: OrdersAnswer) -> dict[str, Any]:
    """Return a purchase model as plain numbers."""
    return {
        **found.fit.to_dict(),
        "answered": found.answered._asdict(),
        "compared": dict(found.compared),
        "refused": {model: why._asdict() for model, why in found.refused.items()},
        "money": None if found.money_fit is None else found.money_fit.to_dict(),
        "unit": found.unit,
        "until": found.until.isoformat(),
        "used": found.used,
        "repeaters": found.repeaters,
        "unused": found.unused,
        "without_value": _count_reasons_json(found.frame),
        "years": found.terms.years,
        "rate": found.terms.rate,
        "ahead": found.ahead,
        "lifetime_value": float(found.frame["mid"].sum()),
        "expected_purchases": float(found.frame["expected"].sum()),
        "convention": found.convention._asdict(),
    }


def steps_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the methods that were tried as plain values."""
    return [
        {"method": each.method, "name": each.name._asdict(), "answers": each.answers, "reason": each.reason._asdict()}
        for each in steps
    ]


def method_json(found: MethodAnswer) -> dict[str, Any]:
    """Return the lifetime values by one method as plain numbers."""
    return {
        "method": found.found.method,
        "model": found.found.model,
        "methods": steps_json(found.steps),
        "answered": found.found.because._asdict(),
        "fits": list(found.found.fits),
        "without_value": _count_reasons_json(found.frame),
        "years": found.found.terms.years,
        "rate": found.found.terms.rate,
        "lifetime_value": float(found.frame["mid"].sum()),
        "convention": found.found.convention._asdict(),
    }


def contracts_json(found: ContractsAnswer) -> dict[str, Any]:
    """Return a survival model of the customers' contracts as plain numbers."""
    active = found.frame["active"]
    return {
        **_make_survival_json(found.survival),
        "active": int((active == 1).sum()),
        "ended": int((active == 0).sum()),
        "unused": int(active.isna().sum()),
        "without_value": _count_reasons_json(found.frame),
        "lifetime_value": float(found.frame["mid"].sum()),
        "convention": found.convention._asdict(),
    }


def cohorts_json(
    found: Mapping[str, SurvivalAnswer], refused: Mapping[str, Refusal], size: float | None
) -> dict[str, Any]:
    """Return the models of all cohorts as plain numbers."""
    return {
        "cohorts": [{"cohort": name, **_make_survival_json(each)} for name, each in found.items() if name],
        "together": _make_survival_json(found[""]) if "" in found else None,
        "refused": {name: refusal.text._asdict() for name, refusal in refused.items()},
        "size_of_shares": size,
    }


def _make_survival_json(found: SurvivalAnswer) -> dict[str, Any]:
    rows = found.frame.astype(object).where(found.frame.notna(), None)
    return {
        **found.fit.to_dict(),
        "answered": found.answered._asdict(),
        "rate": found.rate,
        "expected_lifetime": found.expected_lifetime,
        "residual_lifetime": found.residual_lifetime,
        "periods": rows.to_dict("records"),
    }


def _count_reasons_json(frame: pd.DataFrame) -> dict[str, int]:
    return {str(reason): int(number) for reason, number in frame["reason_en"].dropna().value_counts().items()}


def order_rows(found: OrdersAnswer) -> Rows:
    """Return a row per customer below a header row."""
    ahead = f"{found.ahead:g} {found.unit}"
    header = ["x", "t_x", "T", "P(alive)", say(f"期待購入回数({ahead})", f"Expected purchases ({ahead})"), "E[M]"]
    return _make_customer_rows(found.frame, header, ["x", "t_x", "T", "p_alive", "expected", "value"])


def method_rows(found: MethodAnswer) -> Rows:
    """Return a row per customer below a header row."""
    return _make_customer_rows(found.frame, [], [])


def contract_rows(found: ContractsAnswer) -> Rows:
    """Return a row per customer below a header row."""
    header = [
        *(say("契約中", "Under contract"), say("更新回数", "Renewals")),
        *(say("次の更新まで(日)", "Days to the next renewal"), say("次の更新の確率", "P(next renewal)")),
    ]
    return _make_customer_rows(found.frame, header, ["active", "renewals", "next_renewal", "p_renewal"])


def _make_customer_rows(frame: pd.DataFrame, header: list[str], names: list[str]) -> Rows:
    first = [say("顧客ID", "Customer ID"), say("顧客名", "Name")]
    last = [say("LTV下限", "LTV low"), "LTV", say("LTV上限", "LTV high"), say("算出不可の理由", "Why not available")]
    columns = ["customer_id", "name", *names, "low", "mid", "high", f"reason_{language()}"]
    return [[*first, *header, *last], *(list(row) for row in frame[columns].itertuples(index=False))]


def survival_rows(found: Mapping[str, SurvivalAnswer]) -> Rows:
    """Return a row per cohort and period below a header row."""
    header = [
        *(say("コホート", "Cohort"), say("期", "Period"), say("実績", "Observed")),
        *(say("残存率", "Survival"), say("更新率", "Retention")),
    ]
    rows = [[_name_cohort(name), *row] for name, each in found.items() for row in each.frame.itertuples(index=False)]
    return [list(header), *rows]


def _name_cohort(name: str) -> str:
    return name or say("全コホート", "All cohorts together")


def _word_value_cell(cell: object) -> str:
    if isinstance(cell, float):
        return "" if cell != cell else f"{cell:.4f}"
    return str(cell)
