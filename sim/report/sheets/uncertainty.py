"""What is known in spite of uncertain inputs: differences with both intervals, the chance of being best, and values of
information."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.uncertainty import InformationValue, population_value, running_means
from sim.analysis.uncertainty.simulation_noise import NORMAL
from sim.experiment.psa import PsaResult
from sim.experiment.psa.result import ENDS, NET_BENEFIT, RankedBy
from sim.experiment.replications import Progress
from sim.files.provenance import version
from sim.outcomes import EFFECTS, Perspective, metric_names
from sim.outcomes.effects import USUAL_WORTH
from sim.outcomes.headline import OF_ACCESS, OF_EQUITY, OF_MONEY, fitting
from sim.report.sheets.numbers import NONE_FOUND, interval, number, records_of, rounded_by, varied, with_limits
from sim.report.sheets.sheet import Amount, Column, Sheet, TableCell, figures, words
from sim.report.wording import Measure, inputs_words, measures, names_of, whose
from sim.report.words import listed

LINES = 11
"""Rows of differences that a terminal has room for beside the rest."""
WAITS = 2
IN_ORDER = (
    *("days_well", "relapse.365_days", "retention.90_days", "qalys.per_patient", "cost.per_patient.society"),
    *("cost.total", *OF_EQUITY, *OF_MONEY, "cost.per_patient.payer", *OF_ACCESS[1:]),
)
"""What is told first where there is room for little; in patterns of names."""
PERSON = {"cohort": "a person", "system": "of the whole system"}
MOST, ROUNDING = 0.99, 1e-6
"""Of draws that agree, above which they are told by the interval; of per cents."""
PATH = Column("as it is typed", spare=True)
"""The column of what commands take for an input."""
FINEST = 5e-7
"""What is rounded to 0 wherever it is shown."""


@dataclass(frozen=True)
class Worth:
    """By what a decision is judged: what a unit of the effect is worth, which effect, and whose costs count."""

    threshold: float
    effect: str
    perspective: Perspective

    @property
    def how(self) -> tuple[float, str, Perspective]:
        """In the order in which `PsaResult` takes them."""
        return self.threshold, self.effect, self.perspective

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Those that a table shows: nothing, half, this, and half as much again."""
        return tuple(share * self.threshold for share in (0.0, 0.5, 1.0, 1.5)) if self.threshold else (0.0,)

    def words(self, result: PsaResult) -> str:
        """At 100,000 USD per QALY, costs to society."""
        baseline = result.scenario(result.scenarios[0])
        unit = EFFECTS[self.effect].of(baseline.condition).unit
        return f"at {number(self.threshold, figures=6)} {baseline.currency} per {unit}, costs {whose(self.perspective)}"


def psa_with_names(result: PsaResult, longest: int) -> PsaResult:
    """The analysis with its scenarios under their names (`names_of`), cut to a length."""
    return result.renamed(names_of({label: result.scenario(label) for label in result.scenarios}, longest))


def psa_parts(
    result: PsaResult, worth: Worth | None, not_told: str = "", metrics: Sequence[str] | None = None
) -> Iterator[Sheet | str]:
    """What a terminal shows of an analysis. worth: None where nothing can be said of cost and effect, as `not_told`.

    metrics: of which differences are told; default: the main ones.
    """
    worth, not_told = weighed(result, worth, not_told)
    rows, known = _main(result, main_metrics(result) if metrics is None else metrics)
    if len(rows):
        yield from _sentences(result, rows, known, "no main outcome" if metrics is None else "none of these outcomes")
        yield differences_sheet(result.scenarios, rows, known)
    if worth is None:
        yield from [not_told] if not_told else []
    else:
        yield acceptability_sheet(result, worth)
        if len(result.scenarios) > 2:
            yield ranking_sheet(result, NET_BENEFIT, "mean", worth)
        yield stability_line(result, worth)
    yield drawn_line(result)


def worth_of(effect: str, perspective: Perspective, not_told: str = "") -> Worth | None:
    """By what a decision is judged unless it is said: a QALY has a usual worth; None of another effect, or one that is
    not told."""
    return Worth(USUAL_WORTH, effect, perspective) if effect == "qaly" and not not_told else None


def weighed(result: PsaResult, worth: Worth | None, not_told: str = "") -> tuple[Worth | None, str]:
    """The same, or None and why, where the draws have no costs and effects, or not in every replication."""
    why = "" if worth is None else result.why_not_weighed(worth.effect, worth.perspective)
    return (None, why) if why else (worth, not_told)


def main_metrics(result: PsaResult) -> list[str]:
    """The main outcomes that were kept, those first that are told first, as many as there is room for."""
    shared = set.intersection(*(set(metric_names(result.scenario(label))) for label in result.scenarios))
    kept = [name for name in result.about["metrics"] if name in shared]
    ordered = list(dict.fromkeys(name for pattern in IN_ORDER for name in fitting(kept, [pattern]))) or kept
    if "deaths.expected_share" in ordered:
        ordered = [name for name in ordered if name != "deaths.share"]
    waits = [name for name in ordered if fitting([name], ["wait.*.mean"])][WAITS:]
    others = max(len(result.scenarios) - 1, 1)
    return [name for name in ordered if name not in waits][: max(3, LINES // others)]


def _main(result: PsaResult, metrics: Sequence[str]) -> tuple[pd.DataFrame, dict[str, Measure]]:
    known = measures([result.scenario(label) for label in result.scenarios], metrics)
    rows = result.differences(metrics)
    # A wait that is 0 in all of them is no outcome of theirs.
    return rows[(rows["baseline"] != 0) | (rows["mean"] != 0)], known


def _sentences(result: PsaResult, rows: pd.DataFrame, known: Mapping[str, Measure], none: str) -> Iterator[str]:
    """One on each other scenario: the first outcome that has a better direction, of those that differ. none: of them
    all."""
    for label in result.scenarios[1:]:
        judged = rows[(rows["scenario"] == label) & rows["better_in"].notna()]
        differing = [row for row in records_of(judged) if not (_same(row) or _may_be_chance(row) or _undecided(row))]
        if not differing:
            yield from [f"{label}: {none} was found to differ from {result.scenarios[0]}"] if len(judged) else []
            continue
        row = differing[0]
        measure = known[row["metric"]]
        better = row["better_in"] >= 0.5
        share = chance_text(*share_of(row, "better", better))
        change = measure.change(row["difference"], *_ends_for(row, "difference"))[0]
        ends = "; ".join(f"{name} {_ends(measure, row, name)}" for name in ("inputs", "simulation"))
        word = "better" if better else "worse"
        whom = f"{label} is {word} than {row['against']} in {share} of draws"
        yield f"{whom}, by {measure.words}: {change} {measure.of_change}".rstrip() + f" ({ends})"


def _same(row: Mapping[str, Any]) -> bool:
    """Whether there is no difference in any draw."""
    return bool(row["difference"] == row["inputs_low"] == row["inputs_high"] == 0)


def _may_be_chance(row: Mapping[str, Any]) -> bool:
    """Whether the draws agree on a side of 0 only because the inputs were not found to matter, and the simulation
    leaves either side open."""
    agree = row["inputs_low"] > 0 or row["inputs_high"] < 0
    return bool(agree and row["simulation_low"] <= 0 <= row["simulation_high"])


def _undecided(row: Mapping[str, Any]) -> bool:
    """Whether most draws may be on either side."""
    return is_open(row["higher_low"], row["higher_high"])


def share_of(row: Mapping[str, Any], name: str, most: bool = True) -> tuple[float, float, float]:
    """The share of draws with its interval; most: or that of the others."""
    share, low, high = (row[f"{name}_{part}"] for part in ("in", "low", "high"))
    return (share, low, high) if most else (1 - share, 1 - high, 1 - low)


def _better(row: Mapping[str, Any]) -> str:
    if _same(row):
        return "same"
    if _may_be_chance(row):
        return "may be chance"
    neutral = math.isnan(row["better_in"])
    return f"higher: {chance_text(*share_of(row, 'higher'))}" if neutral else chance_text(*share_of(row, "better"))


def _ends(measure: Measure, row: Mapping[str, Any], name: str, sign: bool = True) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if name == "inputs" and low != 0 and not varied(low, high):
        return NONE_FOUND
    ends = measure.factor * low, measure.factor * high
    return interval(*ends, sign=sign) if low < high else number(ends[0], sign, figures=3)


def _ends_for(row: Mapping[str, Any], name: str) -> tuple[float, float]:
    """By which interval the number of this name is rounded."""
    inputs, chance = ((row[f"{each}_low"], row[f"{each}_high"]) for each in ("inputs", "simulation"))
    return rounded_by(row[name], inputs, chance)


def _rounded(measure: Measure, value: float, ends: tuple[float, float], sign: bool = False) -> Amount:
    """A number alone, to as many decimals as these ends bear."""
    value, low, high = (measure.factor * each for each in (value, *ends))
    return Amount(value, low, high, sign=sign, figures=3, bare=True)


def differences_sheet(labels: Sequence[str], rows: pd.DataFrame, known: Mapping[str, Measure]) -> Sheet:
    """Differences from the first of the scenarios with both intervals; one row an outcome and other scenario.

    rows: as of `PsaResult.differences`.
    """
    base, several = labels[0], len(labels) > 2
    lines: list[list[TableCell]] = []
    for row in records_of(rows):
        measure = known[row["metric"]]
        ends = _ends_for(row, "difference")
        # The baseline is as fine as what differs from it.
        baseline = ends[0] - row["difference"] + row["baseline"], ends[1] - row["difference"] + row["baseline"]
        lines.append(
            [
                measure.head,
                *([row["scenario"]] if several else []),
                _rounded(measure, row["baseline"], baseline),
                _rounded(measure, row["difference"], ends, sign=True),
                _ends(measure, row, "inputs"),
                _ends(measure, row, "simulation"),
                _better(row),
            ]
        )
    heads = [*words("outcome", *(["scenario"] if several else []))]
    heads += figures(base, "difference", "inputs, 95 %", "simulation, 95 %", "better in")
    title = f"Differences from {base}: what uncertain inputs leave open, and what simulated chance does"
    note = "Inputs: the middle 95 % of draws, freed of chance. Simulation: what chance leaves open of their mean. "
    note += "Differences of percentages are in points."
    spare = [column._replace(spare=column.name == base) for column in heads]
    return Sheet(title, spare, lines, note)


def levels_sheet(rows: pd.DataFrame, known: Mapping[str, Measure]) -> Sheet:
    """What a scenario comes to, with both intervals; one row an outcome. rows: as of `PsaResult.levels`."""
    lines: list[list[TableCell]] = []
    for row in records_of(rows):
        measure = known[row["metric"]]
        ends = [_ends(measure, row, name, sign=False) for name in ("inputs", "simulation")]
        lines.append([measure.head, _rounded(measure, row["mean"], _ends_for(row, "mean")), *ends])
    title = "What uncertain inputs leave open, and what simulated chance does"
    return Sheet(title, [*words("outcome"), *figures("mean", "inputs, 95 %", "simulation, 95 %")], lines)


def share_text(share: float, low: float, high: float) -> str:
    """A share of draws. Where hardly one is on the other side, as many as its interval of 95 % leaves: 12 draws that
    all agree tell of no more than three in four, and fewer where little is left of them once chance is taken out."""
    if share > MOST:
        return f"over {min(math.floor(100 * low + ROUNDING), 99)} %"
    if share < 1 - MOST:
        return f"under {max(math.ceil(100 * high - ROUNDING), 1)} %"
    return f"{100 * share:.0f} %"


def chance_text(share: float, low: float, high: float) -> str:
    """The same with its interval, unless it is told by that."""
    text = share_text(share, low, high)
    return f"{text} ({100 * low:.0f} to {100 * high:.0f})" if text[0].isdigit() else text


def between_text(low: float, high: float) -> str:
    """The interval of a share that is open."""
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def is_open(low: float, high: float) -> bool:
    """Whether the interval of a share holds one half, so that it is not known on which side most draws are."""
    return low <= 0.5 <= high


def acceptability_sheet(result: PsaResult, worth: Worth) -> Sheet:
    """By threshold: how probably each scenario is the best, which is best on average, and the EVPI."""
    table = result.acceptability(worth.thresholds, worth.effect, worth.perspective)
    baseline = result.scenario(result.scenarios[0])
    rows: list[list[TableCell]] = []
    for threshold, of_one in table.groupby("threshold", sort=False):
        value = result.evpi(float(threshold), worth.effect, worth.perspective)  # type: ignore[arg-type]
        best = listed([str(name) for name in of_one.loc[of_one["on_frontier"], "strategy"]])
        shares = (of_one[f"probability_{name}"] for name in ("best", "low", "high"))
        chances = [chance_text(*each) for each in zip(*shares, strict=True)]
        rows.append([number(float(threshold), figures=6), *chances, best, amount_of(value)])  # type: ignore[arg-type]
    unit = EFFECTS[worth.effect].of(baseline.condition).unit
    of_whom = PERSON[result.view(worth.effect)]
    columns = [*figures(f"{baseline.currency} per {unit}"), *figures(*result.scenarios), *words("best on average")]
    columns += figures(f"EVPI, {baseline.currency} {of_whom}")
    title = f"Chance of being the best, costs {whose(worth.perspective)}, and what knowing every input would be worth"
    return Sheet(title, columns, rows)


def loss_sheet(result: PsaResult, worth: Worth) -> Sheet:
    """By threshold: what choosing each scenario is expected to forgo; of the best on average that is the EVPI."""
    table = result.acceptability(worth.thresholds, worth.effect, worth.perspective)
    rows: list[list[TableCell]] = []
    for threshold, of_one in table.groupby("threshold", sort=False):
        losses = of_one["expected_loss"]
        least = of_one["strategy"].iloc[int(losses.argmin())]
        known = [loss_of(*each) for each in zip(losses, of_one["loss_low"], of_one["loss_high"], strict=True)]
        rows.append([number(float(threshold), figures=6), *known, least])  # type: ignore[arg-type]
    baseline = result.scenario(result.scenarios[0])
    unit = EFFECTS[worth.effect].of(baseline.condition).unit
    columns = [*figures(f"{baseline.currency} per {unit}", *result.scenarios), *words("least")]
    whom = f"{baseline.currency} {PERSON[result.view(worth.effect)]}"
    title = f"Expected loss, {whom}, costs {whose(worth.perspective)}: what each choice forgoes against the best"
    return Sheet(title, columns, rows, "Of each draw, on average, freed of the simulation's chance.")


def convergence_sheet(result: PsaResult, worth: Worth | None) -> Sheet:
    """Running differences of the main outcomes, and of net benefit: after a quarter and half of the draws, and all."""
    rows: list[list[TableCell]] = []
    for measure, label, running in running_differences(result, worth):
        means, errors = running["difference"].to_numpy(), NORMAL * running["standard_error"].to_numpy()
        count, half = len(means), float(errors[-1])
        at = [max(round(count * share), 2) - 1 for share in (0.25, 0.5, 1.0)]
        cells = [measure.change(means[i], means[i] - errors[i], means[i] + errors[i])[0] for i in at]
        other = np.flatnonzero(np.sign(means) != np.sign(means[-1]))
        since = int(other[-1]) + 2 if len(other) else 1
        side = f"since draw {since}" if abs(means[-1]) >= half and since <= count / 2 else "OPEN"
        rows.append([measure.head, label, *cells, error_text(half * measure.factor), side])
    columns = [*words("outcome", "scenario"), *figures("a quarter of draws", "half", "all", "95 %"), *words("its side")]
    title = f"Differences from {result.scenarios[0]} as draws add up: {len(result.draws)} draws"
    note = "95 %: of the mean over draws, from inputs and simulation together. OPEN: more draws may turn its sign."
    return Sheet(title, columns, rows, note)


def running_differences(result: PsaResult, worth: Worth | None) -> Iterator[tuple[Measure, str, pd.DataFrame]]:
    """Of net benefit and each main outcome that differs: how it is read out, scenario, running means by draw."""
    metrics = main_metrics(result)
    known = measures([result.scenario(label) for label in result.scenarios], metrics)
    if worth is not None:
        unit = result.scenario(result.scenarios[0]).currency
        measure = Measure(NET_BENEFIT, f"net benefit {PERSON[result.view(worth.effect)]}", unit, unit)
        values = result.means(result.net_benefit(*worth.how))
        means, errors = running_means(values[:, 1:] - values[:, :1])
        for j, label in enumerate(result.scenarios[1:]):
            yield measure, label, pd.DataFrame({"difference": means[:, j], "standard_error": errors[:, j]})
    for (metric, name), rows in result.running(metrics).groupby(["metric", "scenario"], sort=False):
        if rows["difference"].any():
            yield known[str(metric)], str(name), rows.reset_index(drop=True)


def amount_of(value: InformationValue | float, error: float = math.nan) -> Amount:
    """A value of information with its interval."""
    half = NORMAL * (value.standard_error if isinstance(value, InformationValue) else error)
    if half < FINEST:
        return Amount(float(value), figures=3)
    return Amount(float(value), float(value) - half, float(value) + half, figures=3)


def loss_of(loss: float, low: float, high: float) -> Amount:
    """An expected loss with its interval."""
    return Amount(loss, low, high, figures=3) if high - low > FINEST else Amount(loss, figures=3)


def error_text(error: float) -> str:
    """An error to two figures."""
    return f"± {number(float(f'{error:.2g}'), figures=2)}"


def with_error(value: InformationValue, unit: str) -> str:
    """A value with its unit and its standard error."""
    number_text = str(amount_of(value)._replace(bare=True, unit=unit))
    return f"{number_text} (standard error {error_text(value.standard_error)[2:]})"


def stability_line(result: PsaResult, worth: Worth, metric: str = NET_BENEFIT, by: RankedBy = "mean") -> str:
    """Whether the draws are enough for the decision to stand; or for which scenario is the best by a metric. by: on
    average, or most often."""
    running = result.stability(*worth.how, metric, by)
    best, next_best = result.scenarios[running.best], result.scenarios[running.next_best]
    judged, measure = _judged(result, metric, worth)
    often = by == "chance"
    if running.lead == 0:
        return f"{best} and {next_best} are equally {'often the best' if often else 'good on average'}, {judged}."
    factor, unit = (100.0, "points of all draws") if often else (measure.factor, measure.of_change)
    lead = with_error(InformationValue(running.lead * factor, running.standard_error * factor), unit)
    since = "from the first draw on" if running.since == 1 else f"since draw {running.since} of {running.draws}"
    led = f"{best} is best {'most often' if often else 'on average'} {judged}, {since}, ahead of {next_best} by {lead}"
    if running.settled:
        return f"Enough draws: {led}."
    more = ""
    if running.lead < 2 * running.standard_error and math.isfinite(running.needed):
        more = f"; with such a lead about {_up(running.needed)} draws would tell, if it holds"
    return f"TOO FEW DRAWS for the decision to be stable: {led}{more}."


def _judged(result: PsaResult, metric: str, worth: Worth) -> tuple[str, Measure]:
    """By what scenarios are judged, in words, and how it is read out."""
    baseline = result.scenario(result.scenarios[0])
    if metric == NET_BENEFIT:
        unit = f"{baseline.currency} {PERSON[result.view(worth.effect)]}"
        return worth.words(result), Measure(metric, "net benefit", unit, unit)
    (measure,) = measures([baseline], [metric]).values()
    return f"by {metric}", measure


def ranking_sheet(result: PsaResult, metric: str, by: RankedBy, worth: Worth) -> Sheet:
    """Scenarios in order, by a metric or by net benefit: how far behind the best, with both intervals, and how often
    the best."""
    table = result.ranking(metric, by, *worth.how)
    judged, measure = _judged(result, metric, worth)
    numbers = ["mean", "behind", *ENDS, "expected_loss"]
    table[numbers] *= measure.factor
    rows: list[list[TableCell]] = []
    for row in records_of(table):
        short = Amount(row["behind"], row["inputs_low"], row["inputs_high"], figures=3, bare=True)
        best = row["behind"] == row["inputs_low"] == row["inputs_high"] == 0
        inputs, chance = ((row[f"{name}_low"], row[f"{name}_high"]) for name in ("inputs", "simulation"))
        ends = [_between(*inputs) if varied(*inputs) else NONE_FOUND, _between(*chance)]
        mean, loss = float(f"{row['mean']:.4g}"), float(f"{row['expected_loss']:.3g}")
        rows.append([row["scenario"], Amount(mean), *(["", "", ""] if best else [short, *ends])])
        rows[-1] += [chance_text(row["chance"], row["chance_low"], row["chance_high"]), Amount(loss, figures=3)]
    what = "net benefit" if metric == NET_BENEFIT else "mean"
    # Of shares differences are in points.
    apart = "" if measure.of_change == measure.unit else measure.of_change
    columns = [*words("scenario"), *figures(what, unit=measure.unit), *figures("behind the best", unit=apart)]
    columns += [*figures("inputs, 95 %", "simulation, 95 %", "best in"), *figures("expected loss", unit=apart)]
    first = records_of(table)[0]
    surely = f"in {chance_text(*(first[name] for name in ('chance', 'chance_low', 'chance_high')))} of draws"
    title = f"{first['scenario']} is best {'on average' if by == 'mean' else 'most often'}, {judged}: {surely}"
    note = "Expected loss: what choosing it forgoes on average against whatever is best in each draw."
    return Sheet(title, columns, rows, note)


def _between(low: float, high: float) -> str:
    return with_limits((low + high) / 2, low, high, figures=3)[1]


def _up(count: float) -> str:
    """A number of draws to two figures, upwards."""
    place = 10 ** max(math.floor(math.log10(count)) - 1, 0)
    return f"{math.ceil(count / place) * place:,}"


def draws_words(result: PsaResult) -> str:
    """How many draws of the inputs there are, and with draws of prices how many of all, which are points in a
    picture."""
    simulated, prices = len(result.draws), result.price_draws
    if prices == 1:
        return f"{simulated:,} draws of the inputs"
    return f"{simulated * prices:,} draws of the inputs ({simulated:,} simulated, with {prices} draws of prices each)"


def priced(result: PsaResult) -> str:
    """That each draw is read with several draws of prices; "" with one."""
    return f", read with {result.price_draws} draws of prices for each" if result.price_draws > 1 else ""


def of_another_version(result: PsaResult) -> str:
    """By which version draws were simulated, as a sentence behind others; "" if by this one."""
    by = result.about.get("version", version())
    return "" if by == version() else f" They were simulated by Stepdown {by}, and this is {version()}."


def drawn_line(result: PsaResult) -> str:
    """How many draws there are of how many inputs, what became of the others, and whether another version made them."""
    inputs = len(result.drawn().columns)
    left = f"; left out, as they broke a rule or are not simulated: {result.left_out}" if result.left_out else ""
    return (
        f"{len(result.draws)} draws of {inputs} inputs from their evidence cards, {result.about['replications']} "
        f"replications each{priced(result)}{left}.{of_another_version(result)} Means are of draws, not of "
        "values as stated; what has no range is taken as certain."
    )


@dataclass(frozen=True)
class Population:
    """Whom a decision concerns: so many times a year what the values are told of, for so many years."""

    times_per_year: float
    years: float
    discount_rate: float

    def of(self, value: float) -> float:
        """A value for all of them."""
        return population_value(value, self.times_per_year, self.years, self.discount_rate)


def value_sheet(
    result: PsaResult,
    worth: Worth,
    everything: InformationValue,
    table: pd.DataFrame,
    groups: Sequence[str],
    most: int,
    population: Population | None = None,
) -> Sheet:
    """The value of knowing everything, groups, and the inputs worth most.

    table: of `PsaResult.evppi`, its groups among the parameters.
    """
    currency, of_whom = result.scenario(result.scenarios[0]).currency, PERSON[result.view(worth.effect)]
    of_groups = table["parameter"].isin(groups)
    called = inputs_words(table["parameter"], [result.scenario(label) for label in result.scenarios])
    entries = [("every input (EVPI)", "", float(everything), everything.standard_error)]
    for part in (table[of_groups], table[~of_groups].head(most)):
        for row in records_of(part):
            path = "" if row["parameter"] in groups else row["parameter"]
            entries.append((called[path] if path else row["parameter"], path, row["value"], row["standard_error"]))
    rows: list[list[TableCell]] = []
    for name, path, value, error in entries:
        share = f"{100 * value / everything:.0f} %" if everything > 2 * everything.standard_error else ""
        cells: list[TableCell] = [name, path, amount_of(value, error)._replace(bare=True), error_text(error), share]
        if population is not None:
            cells.append(Amount(float(f"{population.of(value):.3g}"), figures=3))
        rows.append(cells)
    columns = [*words("known exactly"), PATH, *figures(f"{currency} {of_whom}", "standard error", "of EVPI")]
    if population is not None:
        years = number(population.years)
        columns += figures(f"{currency} in {years} years" if years != "1" else f"{currency} in a year")
    shown = min(most, int((~of_groups).sum()))
    title = f"What it would be worth to know, {worth.words(result)}: everything, and the {shown} inputs worth most"
    return Sheet(title, columns, rows)


def are_few(result: PsaResult) -> bool:
    """Whether there are too few draws for so many inputs to tell what single ones do."""
    return len(result.draws) < 4 * len(result.drawn().columns)


def deciding_line(result: PsaResult, worth: Worth, progress: Progress | None = None) -> str:
    """Which input is worth most to know, if one is beyond what the best of so many would be by chance. progress: called
    with how many inputs were looked at, and how many there are."""
    everything, table = result.evpi(*worth.how), result.evppi(*worth.how, progress=progress)
    unit = f"{result.scenario(result.scenarios[0]).currency} {PERSON[result.view(worth.effect)]}"
    gain = f"To know every input before deciding would be worth {with_error(everything, unit)}, {worth.words(result)}"
    few = f"{len(result.draws)} draws are few for {len(table)} inputs" if are_few(result) else ""
    surely = NormalDist().inv_cdf(1 - 0.025 / len(table))
    sure = [row for row in records_of(table) if row["value"] > surely * row["standard_error"]]
    if not sure and few:
        return f"{gain}. Whether a single input decides is not known: {few}, of which none stands out."
    if not sure:
        return f"{gain}. No single input was found to decide: none of {len(table)} stands out as worth knowing."
    first = InformationValue(sure[0]["value"], sure[0]["standard_error"])
    owners = [result.scenario(label) for label in reversed(result.scenarios)]
    path, value = str(sure[0]["parameter"]), with_error(first, unit)
    words = inputs_words([path], owners)[path]
    if few:
        return f"{gain}; of single ones {words} seems worth most to know: {value}, but {few}, and it may be another."
    return f"{gain}; of single ones {words} is worth most to know: {value}."


def value_lines(result: PsaResult, worth: Worth, everything: InformationValue, table: pd.DataFrame) -> Iterator[str]:
    """What the values come to, in sentences."""
    currency, of_whom = result.scenario(result.scenarios[0]).currency, PERSON[result.view(worth.effect)]
    gain = with_error(everything, f"{currency} {of_whom}")
    yield f"Knowing every input before deciding would be worth {gain}, {worth.words(result)}."
    if are_few(result):
        rough = "what single ones are worth is rough, as their errors tell, and what large groups are, is told too low"
        yield f"For so many inputs these are few draws: {rough}."
    sure = table[(table["value"] > 2 * table["standard_error"]) & (table["value"] > 0)]
    chance = round(0.023 * len(table))
    if sure.empty:
        yield "No single input is worth more than two standard errors: by itself none was found to change the decision."
    else:
        beyond = f"{len(sure)} of {len(table)} rows are worth more than two standard errors"
        yield f"{beyond}; of so many about {chance} would be by chance." if chance else f"{beyond}."
