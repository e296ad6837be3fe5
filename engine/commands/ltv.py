"""`portfolio ltv`: a model of purchases or contracts, fitted, and what every customer is worth by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from engine.console import exit_code, lang_option, language, progress, refusals, say, write_all
from engine.options import Day, input_options, json_option, path_type, request_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.errors import Refusal
    from engine.sources.survivors import Cohort
    from engine.value.answers import OrdersAnswer, SurvivalAnswer
    from engine.value.fitting import Fit

__all__ = ["command"]

# engine.value.answers has the same words; it is loaded only when the command runs.
_MODELS: Final = ("auto", "bg_nbd", "mbg_nbd", "pareto_nbd", "bg_bb", "sbg", "bdw")
_CONTRACT: Final = ("sbg", "bdw")


@click.command(
    "ltv",
    help=say(
        "購買モデル(--orders)または契約モデル(--survival)を当てはめ、母数・標準誤差・対数尤度と顧客別のLTVを求めます。",
        "Fit a model of purchases (--orders) or of contracts (--survival): parameters, standard errors, log-likelihood and "
        "the lifetime value of every customer.",
    ),
)
@input_options
@lang_option
@click.option(
    "--until",
    type=Day(),
    metavar="DATE",
    help=say(
        "観測の最終日(その日を含む)。省略時は最新の取引日",
        "last day observed, inclusive; the newest order when left out",
    ),
)
@click.option(
    "--unit",
    type=click.Choice(["day", "week", "month"]),
    help=say("時間の単位。省略時は定義(週)", "unit of time; the definition's (week) when left out"),
)
@click.option(
    "--model",
    type=click.Choice(_MODELS),
    default="auto",
    help=say("モデル。auto は対数尤度で選ぶ", "model; auto chooses by log-likelihood"),
)
@click.option(
    "--survival",
    type=click.Path(path_type=path_type()),
    metavar="FILE",
    help=say("期間と、コホート別の残った人数の表(csv)", "table (csv) of periods and the customers left of each cohort"),
)
@click.option(
    "--cohort",
    type=click.FloatRange(min=1),
    default=1000,
    metavar="N",
    help=say(
        "--survival が割合の表のときの、コホートの人数(既定1000)",
        "customers at the start of a cohort where --survival holds shares (1000 when left out)",
    ),
)
@click.option("--years", type=float, metavar="N", help=say("LTVの年数", "horizon of the lifetime value in years"))
@click.option("--rate", type=float, metavar="R", help=say("年の割引率(10%は0.1)", "yearly discount rate (10 % is 0.1)"))
@click.option(
    "--next",
    "ahead",
    type=float,
    metavar="T",
    help=say(
        "購入回数を予測する先の長さ(単位は --unit)。省略時は1年",
        "units ahead for the expected purchases; a year when left out",
    ),
)
@json_option
@click.option(
    "--out",
    type=click.Path(path_type=path_type()),
    metavar="DIR|FILE.csv",
    help=say(
        "顧客別(--survival では期別)の表を書き出す先",
        "where to write the table by customer (by period with --survival)",
    ),
)
@refusals
def command(as_json: bool, survival: Path | None, out: Path | None, **options: Any) -> None:
    """Fit a model and value the customers."""
    if survival is not None:
        _survival(survival, as_json, out, options)
    else:
        _orders(as_json, out, options)


def _survival(path: Path, as_json: bool, out: Path | None, options: dict[str, Any]) -> None:
    from engine.definition import load_definition
    from engine.errors import Refusal
    from engine.printing import print_json
    from engine.sources.survivors import read_survivors
    from engine.value.answers import SURVIVAL_MODELS, answer_cohorts

    model = options["model"]
    if model not in SURVIVAL_MODELS:
        raise Refusal(
            "argument",
            f"--survival のモデルは {'・'.join(SURVIVAL_MODELS)} です(指定: {model})",
            f"the models for --survival are {', '.join(SURVIVAL_MODELS)} (given: {model})",
        )
    cohorts = read_survivors(path, options["cohort"])
    definition = load_definition(options["definition"])
    counts = {name: cohort.counts for name, cohort in cohorts.items()}
    found, refused = answer_cohorts(counts, definition, model=model, rate=options["rate"])
    written = [] if out is None else _write(out, _survival_rows(found))
    if as_json:
        print_json(_survival_json(found, refused, cohorts, options["cohort"]))
        return
    for name, each in found.items():
        _show_cohort(name, each)
    for name, refusal in refused.items():
        click.echo(f"{_cohort_name(name)}: {refusal.to(language())}", err=True)
    if any(cohort.shares for cohort in cohorts.values()):
        size = options["cohort"]
        click.echo(
            say(
                f"割合の列は{size:g}人のコホートとみなしました(--cohort)。母数は変わらず、標準誤差と対数尤度が変わります",
                f"Shares were taken of a cohort of {size:g} customers (--cohort): it changes the standard errors and the "
                "log-likelihood, not the parameters",
            )
        )
    _show_written(written)


def _show_cohort(name: str, found: SurvivalAnswer) -> None:
    _show_fit(found.fit, f"{_cohort_name(name)}: {found.answered.to(language())}")
    for row in _survival_rows({name: found}):
        click.echo("  ".join(_shown(cell).rjust(12) for cell in row[1:]))
    click.echo(
        say(
            f"  割引後の期待支払い回数(1期の割引率{found.rate:g}、最初は今): 新規 {found.expected_lifetime:.4f}、"
            f"観測の終わりまで残った顧客(次の更新から) {found.residual_lifetime:.4f}",
            f"  Discounted expected payments (rate {found.rate:g} per period, the first one now): "
            f"new customer {found.expected_lifetime:.4f}, one left at the end (from the next renewal on) "
            f"{found.residual_lifetime:.4f}",
        )
    )


def _cohort_name(name: str) -> str:
    return name or say("全コホート", "All cohorts together")


def _orders(as_json: bool, out: Path | None, options: dict[str, Any]) -> None:
    from engine.errors import Refusal
    from engine.intake import take_in
    from engine.printing import print_json, show_findings
    from engine.value.answers import answer_orders

    if options["model"] in _CONTRACT:
        raise Refusal(
            "argument",
            f"モデル {options['model']} には --survival(残った人数の表)を指定してください",
            f"the model {options['model']} needs --survival, a table of the customers left",
        )
    with progress("LTV") as report:
        tables, definition = take_in(request_of(options), report)
        asked = {name: options[name] for name in ("until", "unit", "model", "years", "rate", "ahead")}
        found = answer_orders(tables, definition, **asked)
    written = [] if out is None else _write(out, _order_rows(found))
    if as_json:
        print_json(_orders_json(found))
    else:
        _show_orders(found)
        show_findings(tables.findings)
        _show_written(written)
    raise click.exceptions.Exit(exit_code(tables.findings))


def _show_orders(found: OrdersAnswer) -> None:
    lang = language()
    _show_fit(found.fit, found.answered.to(lang))
    if found.money_fit is not None:
        _show_fit(found.money_fit, "Gamma-Gamma")
    for model, why in found.refused.items():
        click.echo(say(f"不可 {model}: {why.ja}", f"refused {model}: {why.en}"))
    click.echo(
        say(
            f"顧客: 使用{found.used:,}社(うち再購入{found.repeaters:,}社)、"
            f"不使用{found.unused:,}社({found.until:%Y/%m/%d}までに購入がない)",
            f"Customers: {found.used:,} used ({found.repeaters:,} bought again), "
            f"{found.unused:,} not used (no purchase up to {found.until:%Y-%m-%d})",
        )
    )
    mid = found.frame["mid"]
    click.echo(
        say(
            f"LTV合計: {mid.sum():,.2f}({mid.count():,}社)",
            f"Sum of lifetime values: {mid.sum():,.2f} ({mid.count():,} customers)",
        )
    )
    for reason, number in found.frame[f"reason_{lang}"].dropna().value_counts().items():
        click.echo(f"  {say('算出不可', 'n/a')} {number:,}: {reason}")
    click.echo(f"{say('前提', 'Convention')}: {found.convention.to(lang)}")


def _show_fit(fit: Fit, title: str) -> None:
    click.echo(title)
    for name, value in fit.parameters.items():
        click.echo(f"  {name:<8}{value:>14.6f}  ({say('標準誤差', 'standard error')} {fit.standard_errors[name]:.6f})")
    click.echo(
        say(
            f"  対数尤度 {fit.log_likelihood:,.4f}、顧客 {fit.customers:,}、収束(傾き {fit.gradient:.1e}、{fit.iterations}回)",
            f"  log-likelihood {fit.log_likelihood:,.4f}, customers {fit.customers:,}, "
            f"converged (slope {fit.gradient:.1e}, {fit.iterations} steps)",
        )
    )


def _show_written(written: list[Path]) -> None:
    for path in written:
        click.echo(path)


def _orders_json(found: OrdersAnswer) -> dict[str, Any]:
    reasons = found.frame["reason_en"].dropna().value_counts()
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
        "without_value": {str(reason): int(number) for reason, number in reasons.items()},
        "years": found.terms.years,
        "rate": found.terms.rate,
        "ahead": found.ahead,
        "lifetime_value": float(found.frame["mid"].sum()),
        "expected_purchases": float(found.frame["expected"].sum()),
        "convention": found.convention._asdict(),
    }


def _survival_json(
    found: dict[str, SurvivalAnswer], refused: dict[str, Refusal], cohorts: dict[str, Cohort], size: float
) -> dict[str, Any]:
    def told(name: str, each: SurvivalAnswer) -> dict[str, Any]:
        rows = each.frame.astype(object).where(each.frame.notna(), None)
        return {
            "cohort": name,
            **each.fit.to_dict(),
            "answered": each.answered._asdict(),
            "rate": each.rate,
            "expected_lifetime": each.expected_lifetime,
            "residual_lifetime": each.residual_lifetime,
            "periods": rows.to_dict("records"),
        }

    return {
        "cohorts": [told(name, each) for name, each in found.items() if name],
        "together": told("", found[""]) if "" in found else None,
        "refused": {name: refusal.text._asdict() for name, refusal in refused.items()},
        "size_of_shares": size if any(cohort.shares for cohort in cohorts.values()) else None,
    }


def _order_rows(found: OrdersAnswer) -> list[list[object]]:
    lang = language()
    ahead = f"{found.ahead:g} {found.unit}"
    header = [
        *(say("顧客ID", "Customer ID"), say("顧客名", "Name"), "x", "t_x", "T", "P(alive)"),
        *(say(f"期待購入回数({ahead})", f"Expected purchases ({ahead})"), "E[M]"),
        *(say("LTV下限", "LTV low"), "LTV", say("LTV上限", "LTV high"), say("算出不可の理由", "Why not available")),
    ]
    names = [
        "customer_id",
        "name",
        "x",
        "t_x",
        "T",
        "p_alive",
        "expected",
        "value",
        "low",
        "mid",
        "high",
        f"reason_{lang}",
    ]
    return [list(header), *(list(row) for row in found.frame[names].itertuples(index=False))]


def _survival_rows(found: dict[str, SurvivalAnswer]) -> list[list[object]]:
    header = [
        *(say("コホート", "Cohort"), say("期", "Period"), say("実績", "Observed")),
        *(say("残存率", "Survival"), say("更新率", "Retention")),
    ]
    rows = [[_cohort_name(name), *row] for name, each in found.items() for row in each.frame.itertuples(index=False)]
    return [list(header), *rows]


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return "" if cell != cell else f"{cell:.4f}"
    return str(cell)


def _write(out: Path, rows: list[list[object]]) -> list[Path]:
    """Write the rows as a csv file: `out` itself where it names one, else ltv.csv in the folder."""
    from engine.export import csv_bytes

    folder, name = (out.parent, out.name) if out.suffix.lower() == ".csv" else (out, "ltv.csv")
    return write_all(folder, {name: csv_bytes(rows)})
