"""`portfolio ltv`: a model of purchases or contracts, fitted, and what every customer is worth by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import exit_code, lang_option, progress, refusals, say, write_all
from engine.commands.options import Day, input_options, json_option, path_type, request_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.commands.printing import value as shown
    from engine.scoring.portfolio import Portfolio

# The models themselves are loaded only when the command runs.
_METHODS: Final = ("markov", "retention", "simple")
_MODELS: Final = ("auto", "bg_nbd", "mbg_nbd", "bg_cnbd", "mbg_cnbd", "pareto_nbd", "bg_bb", "sbg", "bdw", *_METHODS)


@click.command(
    "ltv",
    help=say(
        "購買モデル(取引)または契約モデル(契約日、--survival)を当てはめ、母数・標準誤差・対数尤度と顧客別のLTVを求めます。"
        "当てはまるモデルがなければ、遷移・維持率・簡易の順に算出し、理由を示します。",
        "Fit a model of purchases (orders) or of contracts (contract dates, --survival): parameters, standard errors, "
        "log-likelihood and the lifetime value of every customer. Where no model fits, the next method answers, and why is told.",
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
    help=say(
        "モデルか方法。auto はセルの PORTFOLIO_LTV と同じで、契約日があれば契約モデル、なければ購買モデルから対数尤度で選び、"
        "当てはまらなければ markov(遷移)、retention(維持率)、simple(簡易)の順に試す",
        "model or method; auto is what the cell PORTFOLIO_LTV does: a model of contracts where there are contract dates, else of "
        "purchases, the likeliest; where none fits, markov, retention, simple in this order",
    ),
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
        _value_survival_table(survival, as_json, out, options)
    else:
        _value_order_input(as_json, out, options)


def _value_survival_table(path: Path, as_json: bool, out: Path | None, options: dict[str, Any]) -> None:
    from engine.commands import printing
    from engine.commands.printing import value as shown
    from engine.definition.definition import load_definition
    from engine.language.errors import Refusal
    from engine.measures.value.contract_answers import SURVIVAL_MODELS, answer_cohorts
    from engine.reading.sources.survivors import read_survivors

    model = options["model"]
    if model not in SURVIVAL_MODELS:
        raise Refusal(
            "argument",
            f"--survival のモデルは {'・'.join(SURVIVAL_MODELS)} です(指定: {model})",
            f"the models for --survival are {', '.join(SURVIVAL_MODELS)} (given: {model})",
        )
    cohorts = read_survivors(path, options["cohort"])
    size = options["cohort"] if any(cohort.shares for cohort in cohorts.values()) else None
    counts = {name: cohort.counts for name, cohort in cohorts.items()}
    found, refused = answer_cohorts(counts, load_definition(options["definition"]), model=model, rate=options["rate"])
    written = [] if out is None else _write_ltv_csv(out, shown.survival_rows(found))
    if as_json:
        printing.print_json(shown.cohorts_json(found, refused, size))
    else:
        shown.show_cohorts(found, refused, size)
        shown.show_written(written)


def _value_order_input(as_json: bool, out: Path | None, options: dict[str, Any]) -> None:
    from engine.commands import printing
    from engine.commands.intake import take_in
    from engine.commands.printing import value as shown
    from engine.measures.value.order_answers import observed

    with progress("LTV") as report:
        tables, definition = take_in(request_of(options), report)
        portfolio = observed(tables, definition, options["until"], options["unit"])
        rows, document, show = _answer_by_model_or_method(portfolio, options)
    written = [] if out is None else _write_ltv_csv(out, rows)
    if as_json:
        printing.print_json(document)
    else:
        for line in show:
            click.echo(line)
        printing.show_findings(tables.findings)
        shown.show_written(written)
    raise click.exceptions.Exit(exit_code(tables.findings))


def _answer_by_model_or_method(
    portfolio: Portfolio, options: dict[str, Any]
) -> tuple[shown.Rows, dict[str, Any], list[str]]:
    """Return the table, the document and the lines of the model or method asked for.

    With `auto` the method is the one that the cell PORTFOLIO_LTV takes; where that is a model of purchases or contracts, the
    model is told in full.
    """
    from engine.commands.printing import value as shown
    from engine.measures.value.contract_answers import SURVIVAL_MODELS, answer_contracts
    from engine.measures.value.method_answers import answer_method
    from engine.measures.value.order_answers import answer_orders
    from engine.models.contracts.contracts import is_contractual

    model = options["model"]
    terms = {name: options[name] for name in ("years", "rate")}
    document: dict[str, Any] = {"method": "btyd"}
    lines: list[str] = []
    if model == "auto" or model in _METHODS:
        by_method = answer_method(portfolio, method=None if model == "auto" else model, **terms)
        if by_method.found.method != "btyd":
            return shown.method_rows(by_method), shown.method_json(by_method), shown.method_shown(by_method)
        lines = shown.steps_shown(by_method.steps)
        document["methods"] = shown.steps_json(by_method.steps)
    if is_contractual(portfolio) if model == "auto" else model in SURVIVAL_MODELS:
        contracts = answer_contracts(portfolio, model=model, **terms)
        document |= shown.contracts_json(contracts)
        return shown.contract_rows(contracts), document, [*lines, *shown.contracts_shown(contracts)]
    orders = answer_orders(portfolio, model=model, ahead=options["ahead"], **terms)
    return shown.order_rows(orders), document | shown.orders_json(orders), [*lines, *shown.orders_shown(orders)]


def _write_ltv_csv(out: Path, rows: list[list[object]]) -> list[Path]:
    """Write the rows as a csv file: `out` itself where it names one, else ltv.csv in the folder."""
    from engine.commands.export import csv_bytes

    folder, name = (out.parent, out.name) if out.suffix.lower() == ".csv" else (out, "ltv.csv")
    return write_all(folder, {name: csv_bytes(rows)})
