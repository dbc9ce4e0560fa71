"""Answers to machines, in JSON: one object of a run, a comparison or a check, with all that its numbers need."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.selection import Selection
    from sim.analysis.uncertainty import InformationValue
    from sim.experiment.psa import PsaResult
    from sim.experiment.psa.result import RankedBy
    from sim.experiment.regression.baselines import Check
    from sim.experiment.result import Study
    from sim.experiment.sensitivity.evaluation import Varied
    from sim.report.sheets.shown import Value
    from sim.report.sheets.uncertainty import Population, Worth
    from sim.scenario.change import DatedChange


def as_records(frame: Any) -> str:
    """The rows of a DataFrame as JSON: one object a row, missing numbers as null."""
    return str(frame.to_json(orient="records", double_precision=15))


def rows_of(frame: Any) -> Any:
    """The same as a value, to be part of a larger one."""
    return json.loads(as_records(frame))


def of_run(study: "Study", chosen: Sequence[str], warnings: Sequence[str]) -> dict[str, Any]:
    """A single run: how it was made, the chosen metrics with intervals, those of groups of patients, and margins."""
    groups = study.equity().drop(columns="scenario")
    metrics = study.summary().drop(columns="scenario")
    return {
        **_made(study, warnings),
        "targets": rows_of(study.targets().drop(columns="scenario")),
        "metrics": rows_of(_of(metrics, chosen)),
        "groups": rows_of(_of(groups, chosen)),
        "margins": rows_of(study.margins("year", ("level",)).drop(columns="scenario")),
    }


def of_comparison(
    study: "Study",
    chosen: Sequence[str],
    warnings: Sequence[str],
    value: "Value",
    every_pair: bool,
) -> dict[str, Any]:
    """A comparison: how it was made, and the tables of the command with the columns of `Study`'s DataFrames.

    view: by which the scenarios are judged; cost_effectiveness has the other one, and horizons in years, as well.
    not_told: why nothing can be said of cost and effect; empty if it can, otherwise those tables are empty. psa: as of
    `of_psa`, where there is one.
    """
    from sim.report.sheets.shown import varied_of, warned
    from sim.report.sheets.uncertainty import worth_of

    (effect, perspective, not_told, _), psa = value, varied_of(study, value)
    drawn = {} if psa is None else {"psa": of_psa(psa, worth_of(effect, perspective, not_told), not_told)}
    ways = [] if not_told else study.counted(effect)
    return {
        **_made(study, [*warnings, *warned(study.results)]),
        "change": of_change(study.change),
        "policy": policies_of(study),
        "effect": effect,
        "perspective": perspective,
        "targets": rows_of(study.targets()),
        "metrics": rows_of(_of(study.summary(), chosen)),
        "differences": rows_of(_of(study.differences(every_pair), chosen)),
        "groups": rows_of(_of(study.equity(), chosen)),
        "gaps": rows_of(_of(study.gap_changes(), chosen)),
        "budget": rows_of(study.spending()),
        "margins": rows_of(study.margins("year", ("level",))),
        "not_told": not_told,
        "view": "" if not_told else ways[0].view,
        "cost_effectiveness": [
            {**way._asdict(), **row}
            for way in ways
            for row in rows_of(study.cost_effectiveness(effect, perspective, "fieller", *way))
        ],
        "net_benefit": [] if not_told else rows_of(study.net_benefit(effect=effect, perspective=perspective)),
        **drawn,
    }


def of_psa(result: "PsaResult", worth: "Worth | None", not_told: str) -> dict[str, Any]:
    """An uncertainty analysis: all means and differences with both intervals, also of groups where they were kept,
    targets, and the decision where it is told."""
    from sim.experiment.psa.groups import gap_changes_of_draws, group_differences_of_draws
    from sim.experiment.psa.targets import targets_of_draws
    from sim.experiment.psa.worth import frontier_of_draws, net_benefit_of_draws
    from sim.report.sheets.uncertainty import weighed

    worth, not_told = weighed(result, worth, not_told)
    decision: dict[str, Any] = {"acceptability": [], "evpi": [], "stability": None, "cost_effectiveness": []}
    decision["net_benefit"] = []
    if worth is not None:
        values = {each: result.evpi(each, *worth.how[1:]) for each in worth.thresholds}
        of_worth = *worth.how[1:], result.view(worth.effect)
        decision = {
            "cost_effectiveness": rows_of(frontier_of_draws(result, *of_worth)),
            "net_benefit": rows_of(net_benefit_of_draws(result, worth.thresholds, *of_worth)),
            "acceptability": rows_of(result.acceptability(worth.thresholds, *worth.how[1:])),
            "evpi": [{"threshold": each, **_with_error(value)} for each, value in values.items()],
            "stability": _stability(result, worth),
        }
    tables = {"levels": result.levels(), "differences": result.differences(), "targets": targets_of_draws(result)}
    differences = {name: rows_of(table) for name, table in tables.items()}
    if result.groups:
        differences["groups"] = rows_of(group_differences_of_draws(result))
        differences["gaps"] = rows_of(gap_changes_of_draws(result))
    return {**_analysed(result, worth), "not_told": not_told, **differences, **decision}


def of_voi(
    result: "PsaResult",
    worth: "Worth",
    everything: "InformationValue",
    table: "pd.DataFrame",
    groups: Mapping[str, Sequence[str]],
    population: "Population | None",
) -> dict[str, Any]:
    """Values of information, every input and group of them, with errors; for the population where that is stated."""

    def of_all(value: float) -> dict[str, float]:
        return {} if population is None else {"population_value": population.of(value)}

    return {
        **_analysed(result, worth),
        "groups": {name: list(paths) for name, paths in groups.items()},
        "evpi": {**_with_error(everything), **of_all(float(everything))},
        "evppi": [{**row, **of_all(row["value"])} for row in rows_of(table)],
        "stability": _stability(result, worth),
    }


def of_selection(selection: "Selection", metric: str, change: "DatedChange | None") -> dict[str, Any]:
    """What a selection by simulation found."""
    known = ("best", "replications", "indifference", "probability")
    return {
        "metric": metric,
        **{key: getattr(selection, key) for key in known},
        "change": of_change(change),
        "systems": rows_of(selection.table),
    }


def of_ranking(result: "PsaResult", worth: "Worth", metric: str, by: "RankedBy") -> dict[str, Any]:
    """The scenarios of an uncertainty analysis in order, by a metric or by net benefit."""
    table = result.ranking(metric, by, *worth.how)
    of_worth = worth if metric == "net_benefit" else None
    stability = _stability(result, worth, metric, by)
    return {"metric": metric, "by": by, **of_analysis(result, of_worth, ranking=table), "stability": stability}


def of_analysis(result: "PsaResult", worth: "Worth | None", **tables: "pd.DataFrame") -> dict[str, Any]:
    """Tables of an uncertainty analysis, with what they are of."""
    return {**_analysed(result, worth), **{name: rows_of(table) for name, table in tables.items()}}


def _analysed(result: "PsaResult", worth: "Worth | None") -> dict[str, Any]:
    about = result.about
    same = ("seed", "draws", "replications", "design", "change_on", "lists", "digests")
    return {
        "stepdown": about["version"],
        **{key: about[key] for key in same},
        "price_draws": result.price_draws,
        "left_out": result.left_out,
        "baseline": result.scenarios[0],
        **{name: getattr(worth, name, None) for name in ("threshold", "effect", "perspective")},
        "view": None if worth is None else result.view(worth.effect),
    }


def _with_error(value: "InformationValue") -> dict[str, float]:
    return {"value": float(value), "standard_error": value.standard_error}


def _stability(
    result: "PsaResult", worth: "Worth", metric: str = "net_benefit", by: "RankedBy" = "mean"
) -> dict[str, Any]:
    running = result.stability(*worth.how, metric, by)
    best = {name: result.scenarios[getattr(running, name)] for name in ("best", "next_best")}
    return best | {name: getattr(running, name) for name in ("lead", "standard_error", "since", "settled")}


def policies_of(study: "Study") -> dict[str, str]:
    """What each other scenario does otherwise than the baseline, in one line; "" where no input differs."""
    from sim.scenario.policy import policy_line

    scenarios = study.scenarios
    baseline = scenarios.pop(study.baseline)
    return {label: policy_line(baseline, scenario) for label, scenario in scenarios.items()}


def of_change(change: "DatedChange | None") -> dict[str, Any] | None:
    """From which day on scenarios are themselves; None where each is from day 0."""
    return {"day": change.day, "lists": change.lists} if change else None


def _made(study: "Study", warnings: Sequence[str]) -> dict[str, Any]:
    from sim.files.provenance import version

    return {
        "stepdown": version(),
        "seed": study.results[study.baseline].seed,
        "replications": study.replications,
        "baseline": study.baseline,
        "scenarios": {
            label: {"name": result.scenario.name, "digest": result.scenario.digest()}
            for label, result in study.results.items()
        },
        "warnings": list(warnings),
        "rest": {label: rows_of(result.warm_up()) for label, result in study.results.items()},
        "precision": [
            {"metric": each.precision.metric, "within": each.precision.text, "reached_after": each.replications}
            for each in study.reached
        ],
    }


def _of(table: "pd.DataFrame", chosen: Sequence[str]) -> "pd.DataFrame":
    return table[table["metric"].isin(chosen)]


def of_varied(result: "Varied", about: Mapping[str, Any], name: str, table: "pd.DataFrame") -> dict[str, Any]:
    """An analysis of which input decides: what was varied and how, what was found, and all of its table by name."""
    from sim.files.provenance import version

    criterion = {key: value for key, value in vars(result.criterion).items() if key not in ("metrics", "weights")}
    return {
        "stepdown": version(),
        "scenarios": {label: scenario.digest() for label, scenario in result.scenarios.items()},
        **{key: getattr(result, key) for key in ("seed", "replications", "engine")},
        "criterion": criterion,
        **_finite(about),
        name: rows_of(table),
    }


def drift_json(check: "Check") -> str:
    """Every metric, and what is to be known of each case. Numbers that are not finite are null."""
    from sim.report.sheets.drift import drift_notes
    from sim.report.sheets.numbers import records_of

    cases = [
        {
            "case": case.name,
            "scenario": case.source,
            "tier": case.tier,
            "baseline": before.head.model_dump() if (before := check.before[case.name]) else None,
            "now": check.now[case.name].head.model_dump(),
            "notes": drift_notes(check, case.name),
        }
        for case in check.suite.cases
    ]
    rows = [{key: _finite(value) for key, value in row.items()} for row in records_of(check.table)]
    about = {"suite": check.suite.path.name, "passed": check.passed, "alpha": check.suite.alpha}
    document = {**about, "cases": cases, "metrics": rows}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
