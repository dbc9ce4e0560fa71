"""What a probabilistic sensitivity analysis found: outcomes by draw, with both errors, and the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.analysis.uncertainty import (
    InformationValue,
    Shares,
    Spread,
    Stability,
    acceptability,
    chance_stability,
    decision_stability,
    evpi,
    evppi,
    evsi,
    running_means,
    shares_of,
    spread_of,
)
from sim.analysis.uncertainty.simulation_noise import block_means, finite_blocks, noise_by_block
from sim.experiment.psa.about import misfits
from sim.experiment.psa.folder import ABOUT, GROUPS, PARTS, PRICE_DRAWS, RESTORED, PsaFolder
from sim.experiment.replications import Progress
from sim.files.nearest import did_you_mean, nearest
from sim.files.whole_files import BadFolder
from sim.outcomes import describe
from sim.outcomes.effects import View, effect_of, metrics_of_worth, view_of
from sim.outcomes.payers import Perspective
from sim.scenario import Scenario, load_scenario
from sim.scenario.input_draws import PRICE_DRAW
from sim.vocabulary import Column

ENDS = ("inputs_low", "inputs_high", "simulation_low", "simulation_high")
OF_ENDS = ("inputs_low_error", "inputs_high_error")
"""How well the middle 95 % of draws are known, as standard errors."""
OF_SHARES = ("higher_low", "higher_high", "better_low", "better_high", "share_error")
"""The same of shares of draws: what holds 95 % for each, and the standard error of both."""
DIFFERENCE_COLUMNS = [
    *("metric", "scenario", "against", "baseline", "mean", "difference"),
    *(*ENDS, "higher_in", "better_in", "inputs_share", *OF_ENDS, *OF_SHARES, "inputs_share_error"),
]
"""Columns of `PsaResult.differences`."""
LEVEL_COLUMNS = ["metric", "scenario", "mean", *ENDS, "inputs_share", *OF_ENDS, "inputs_share_error"]
"""Columns of `PsaResult.levels`."""
NET_BENEFIT = "net_benefit"
"""What stands for a metric where scenarios are ranked by cost and effect together."""
RANKING_COLUMNS = [
    *("scenario", "mean", "behind", *ENDS, "chance", "chance_low", "chance_high", "expected_loss"),
    *(*OF_ENDS, "chance_error", "loss_error", "loss_low", "loss_high"),
]
"""Columns of `PsaResult.ranking`."""


RankedBy = Literal["mean", "chance"]
"""What puts scenarios in order: their mean over all draws, or how often they are the best."""


@dataclass(frozen=True)
class PsaResult:
    """Outcomes of every draw and replication.

    about: what was analysed, as it stands in the folder. inputs: scenario, draw, and a column an input, NaN or None
    where a scenario lacks it. outcomes: draw, replication, scenario, a column a metric, one for each that was kept of a
    group of patients (`groups`), and one a part (`parts`); draws that broke a scenario's rules are missing. Where each
    was read with several draws of prices, price_draw follows draw in both, and these are the draws that shares and
    quantiles are of, while each draw as simulated is a block of them.
    """

    about: dict[str, Any]
    inputs: pd.DataFrame
    outcomes: pd.DataFrame

    @property
    def scenarios(self) -> list[str]:
        """Their labels; the first is the baseline."""
        return list(self.about["scenarios"])

    @property
    def draws(self) -> Column:
        """The numbers of the draws that there are outcomes of, as they were simulated."""
        return np.asarray(self.outcomes["draw"].unique())

    @property
    def price_draws(self) -> int:
        """Draws of prices, each with all other inputs of the same draw."""
        return int(self.about.get(PRICE_DRAWS, 1))

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        """By column of outcomes, of whom it is and what: by (an attribute, or two crossed), group, metric."""
        of_groups: Mapping[str, Sequence[str]] = self.about.get(GROUPS, {})
        return of_groups

    @property
    def parts(self) -> Mapping[str, Sequence[str]]:
        """By column of outcomes, of what it is a part, and where that arises: metric, level."""
        of_metrics: Mapping[str, Sequence[str]] = self.about.get(PARTS, {})
        return of_metrics

    @property
    def _index(self) -> list[str]:
        """What tells draws apart."""
        return ["draw", PRICE_DRAW] if self.price_draws > 1 else ["draw"]

    @property
    def left_out(self) -> int:
        """How many draws broke a scenario's rules, or, after an interrupt, are not simulated yet."""
        return int(self.about["draws"]) - len(self.draws)

    def scenario(self, label: str) -> Scenario:
        """A scenario as it stands, without any draw."""
        return self._stated[label]

    def renamed(self, names: Mapping[str, str]) -> "PsaResult":
        """The same with its scenarios under other labels. names: by label."""
        parts = {
            part: {names[label]: of for label, of in self.about[part].items()} for part in ("scenarios", "digests")
        }
        frames = (of.assign(scenario=of["scenario"].map(names)) for of in (self.inputs, self.outcomes))
        return PsaResult({**self.about, **parts}, *frames)

    @cached_property
    def _stated(self) -> dict[str, Scenario]:
        return {label: load_scenario(dict(stated)) for label, stated in self.about["scenarios"].items()}

    def values(self, metric: str) -> Column:
        """(draws, replications, scenarios) of a metric, or of a column of `groups` or `parts`; of draws of prices, one
        after the other. ValueError if it was not kept."""
        if not any(metric in kept for kept in (self.about["metrics"], self.groups, self.parts)):
            close = nearest(metric, self.about["metrics"])
            known = did_you_mean(close) if close else f"It has {', '.join(self.about['metrics'])}"
            raise ValueError(f"{metric!r} was not kept by this analysis. {known}")
        index = [*self._index, "replication"]
        wide = self.outcomes.pivot(index=index, columns="scenario", values=metric)[self.scenarios]
        return wide.to_numpy(dtype=float).reshape(-1, int(self.about["replications"]), len(self.scenarios))

    def spread(self, values: Column) -> Spread | None:
        """Both errors of such values, (draws, replications), of one scenario or difference."""
        return spread_of(values, self.price_draws)

    def shares(self, values: Column, low: float, high: float) -> Shares | None:
        """How often such values, (draws, replications), lie within a range; see `analysis.uncertainty.shares_of`."""
        return shares_of(values, low, high, self.price_draws)

    def means(self, values: Column) -> Column:
        """Means of such values, (draws, replications, ...), of each draw as it was simulated."""
        return block_means(values.mean(axis=1), self.price_draws)

    def differences(self, metrics: Sequence[str] | None = None) -> pd.DataFrame:
        """Differences from the baseline, with both intervals; one row a metric and other scenario.

        metric, scenario, against, baseline (its mean), mean, difference: over all draws. inputs_low, inputs_high: the
        middle 95 % of the draws' differences, freed of the simulation's chance. simulation_low, simulation_high: where
        the mean difference of just these draws would lie with endless replications. higher_in, better_in: the share of
        draws, so freed, in which it is above 0, or in the better direction (NaN for a metric that has none).
        inputs_share: of the variance of one replication's difference, what comes of the inputs; below 0 by chance.
        inputs_low_error, inputs_high_error, share_error (of both shares), inputs_share_error: standard errors, and
        higher_low, higher_high, better_low, better_high: 95 % for the share of all draws that there could be, as of
        `Spread`. Draws in which a metric is undefined in a replication are left out of it.
        """
        rows = []
        for metric in self.about["metrics"] if metrics is None else metrics:
            values = self.values(metric)
            direction = describe(self.groups.get(metric, (metric,))[-1]).direction
            for j, label in enumerate(self.scenarios[1:], start=1):
                apart = values[:, :, j] - values[:, :, 0]
                if (spread := self.spread(apart)) is None:
                    continue
                known = values[finite_blocks(apart, self.price_draws)]
                means = known[:, :, 0].mean(), known[:, :, j].mean()
                higher = spread.above, spread.above_low, spread.above_high
                better = {"higher": higher, "lower": tuple(1 - share for share in (higher[0], *higher[:0:-1]))}
                share, *within = better.get(direction, (np.nan,) * 3)
                errors = spread.inputs_low_error, spread.inputs_high_error
                row = (metric, label, self.scenarios[0], *means, *spread[:6], share, spread.inputs_share, *errors)
                rows.append((*row, *higher[1:], *within, spread.above_error, spread.inputs_share_error))
        return pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)

    def levels(self, metrics: Sequence[str] | None = None) -> pd.DataFrame:
        """What each scenario comes to, with both intervals; one row a metric and scenario.

        metric, scenario, mean, and the ends and shares as of `differences`, of the metric itself.
        """
        rows = []
        for metric in self.about["metrics"] if metrics is None else metrics:
            values = self.values(metric)
            for j, label in enumerate(self.scenarios):
                if (spread := self.spread(values[:, :, j])) is not None:
                    errors = spread.inputs_low_error, spread.inputs_high_error, spread.inputs_share_error
                    rows.append((metric, label, *spread[:5], spread.inputs_share, *errors))
        return pd.DataFrame(rows, columns=LEVEL_COLUMNS)

    def view(self, effect: str = "qaly") -> View:
        """Of whom costs and this effect are counted; see `outcomes.effects.view_of`."""
        return view_of(effect, [self.scenario(label) for label in self.scenarios])

    def cost_and_effect(
        self, effect: str = "qaly", perspective: Perspective = "society", view: View | None = None
    ) -> tuple[Column, Column]:
        """Costs, and effects of which more is better, each (draws, replications, scenarios), a person of the cohort or
        of everybody in the system, whichever `view` says. ValueError as `effects.effect_of`."""
        baseline = self.scenario(self.scenarios[0])
        cost, gained = metrics_of_worth(effect, perspective, baseline, view or self.view(effect))
        sign = -1.0 if effect_of(effect, baseline).direction == "lower" else 1.0
        return self.values(cost), sign * self.values(gained)

    def why_not_weighed(
        self, effect: str = "qaly", perspective: Perspective = "society", view: View | None = None
    ) -> str:
        """Why nothing can be said of net benefit by these draws; "" if it can."""
        try:
            values = np.concatenate(self.cost_and_effect(effect, perspective, view), axis=2)
        except ValueError as reason:
            return str(reason)
        if count := int(np.count_nonzero(~finite_blocks(values, self.price_draws))) // self.price_draws:
            return f"costs or effects are undefined in {count} of {len(self.draws)} draws, so they are not weighed here"
        return ""

    def net_benefit(self, threshold: float, effect: str = "qaly", perspective: Perspective = "society") -> Column:
        """threshold * effect - cost; (draws, replications, scenarios), in currency."""
        cost, gained = self.cost_and_effect(effect, perspective)
        return threshold * gained - cost

    def acceptability(
        self, thresholds: Sequence[float], effect: str = "qaly", perspective: Perspective = "society"
    ) -> pd.DataFrame:
        """How probable it is that each scenario is the best, by threshold, freed of the simulation's chance; see
        `analysis.uncertainty.acceptability`."""
        cost, gained = self.cost_and_effect(effect, perspective)
        noise = noise_by_block(np.concatenate([cost, gained], axis=2), self.price_draws)
        means = cost.mean(axis=1), gained.mean(axis=1)
        return acceptability(*means, thresholds, noise, self.scenarios, self.price_draws)

    def stability(
        self,
        threshold: float,
        effect: str = "qaly",
        perspective: Perspective = "society",
        metric: str = NET_BENEFIT,
        by: RankedBy = "mean",
    ) -> Stability:
        """Whether the draws are enough for the choice by net benefit, or by a metric, to stand: by the mean over draws,
        or by the chance of being the best."""
        values = self.merits(metric, threshold, effect, perspective)
        if by == "chance":
            return chance_stability(values.mean(axis=1), noise_by_block(values, self.price_draws), self.price_draws)
        return decision_stability(self.means(values))

    def ranking(
        self,
        metric: str = NET_BENEFIT,
        by: RankedBy = "mean",
        threshold: float = 0.0,
        effect: str = "qaly",
        perspective: Perspective = "society",
    ) -> pd.DataFrame:
        """Every scenario by a metric that was kept, or by net benefit; the best first. threshold, effect, perspective:
        of net benefit only.

        scenario, mean (over all draws), behind (by how much the best by mean is better) with inputs_low, inputs_high,
        simulation_low and simulation_high as of `differences`, chance (of being the best: the share of draws, freed of
        the simulation's chance) with chance_low and chance_high, between which it lies with 95 % as far as so many
        draws tell, expected_loss (what choosing it forgoes on average against the best of each draw); and the standard
        errors inputs_low_error, inputs_high_error, chance_error and loss_error, with loss_low and loss_high.
        Raises ValueError for a metric of which more is neither better nor worse, or that is undefined in
        some replication.
        """
        values = self.merits(metric, threshold, effect, perspective)
        noise = noise_by_block(np.concatenate([np.zeros_like(values), values], axis=2), self.price_draws)
        means = values.mean(axis=1)
        table = acceptability(np.zeros_like(means), means, [1.0], noise, self.scenarios, self.price_draws)
        best = int(table["expected_net_benefit"].argmax())
        sign = -1.0 if metric != NET_BENEFIT and describe(metric).direction == "lower" else 1.0
        rows = []
        for j, label in enumerate(self.scenarios):
            spread = self.spread(values[:, :, best] - values[:, :, j])
            ends, of_ends = ([np.nan] * 5, [np.nan] * 2) if spread is None else (spread[:5], spread[7:9])
            chances = table.loc[j, ["probability_best", "probability_low", "probability_high", "expected_loss"]]
            errors = table.loc[j, ["probability_error", "loss_error", "loss_low", "loss_high"]]
            rows.append((label, sign * means[:, j].mean(), *ends, *chances, *of_ends, *errors))
        ranked = pd.DataFrame(rows, columns=RANKING_COLUMNS).sort_values("behind", kind="stable", ignore_index=True)
        return (
            ranked if by == "mean" else ranked.sort_values("chance", ascending=False, kind="stable", ignore_index=True)
        )

    def merits(
        self, metric: str, threshold: float = 0.0, effect: str = "qaly", perspective: Perspective = "society"
    ) -> Column:
        """(draws, replications, scenarios) of what more of is better: of a metric, or of net benefit."""
        if metric == NET_BENEFIT:
            return self.net_benefit(threshold, effect, perspective)
        values, direction = self.values(metric), describe(metric).direction
        if direction == "neutral":
            raise ValueError(f"{metric}: neither more nor less of it is better, so nothing is the best by it")
        if not np.isfinite(values).all():
            raise ValueError(
                f"{metric} is undefined in some replication, so no scenario is the best by it in all draws"
            )
        return -values if direction == "lower" else values

    def evpi(self, threshold: float, effect: str = "qaly", perspective: Perspective = "society") -> InformationValue:
        """The expected value of knowing every input, freed of the simulation's chance."""
        return evpi(self.net_benefit(threshold, effect, perspective), block=self.price_draws)

    def evppi(
        self,
        threshold: float,
        effect: str = "qaly",
        perspective: Perspective = "society",
        groups: Mapping[str, Sequence[str]] | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """The expected value of knowing each input, and groups of them, exactly; the largest first."""
        net_benefit = self.net_benefit(threshold, effect, perspective)
        table = evppi(net_benefit, self.drawn(), groups, block=self.price_draws, progress=progress)
        return table.sort_values("value", ascending=False, kind="stable", ignore_index=True)

    def evsi(
        self,
        observation_sd: Mapping[str, float],
        sizes: Sequence[int],
        threshold: float,
        effect: str = "qaly",
        perspective: Perspective = "society",
    ) -> pd.DataFrame:
        """The expected value of a study of each size that observes these inputs; see `analysis.uncertainty.evsi`."""
        drawn = self.drawn()[list(observation_sd)]
        net_benefit = self.net_benefit(threshold, effect, perspective)
        return evsi(net_benefit, drawn, observation_sd, sizes, block=self.price_draws)

    def running(self, metrics: Sequence[str]) -> pd.DataFrame:
        """Differences from the baseline over the first draws: metric, scenario, draws, difference, standard_error (of
        inputs and simulation together). Draws in which a metric is undefined in a replication are left out of it."""
        tables = []
        for metric in metrics:
            values = self.values(metric)
            apart = values[:, :, 1:] - values[:, :, :1]
            means, errors = running_means(self.means(apart[finite_blocks(apart, self.price_draws)]))
            for j, label in enumerate(self.scenarios[1:]):
                rows = {
                    "draws": np.arange(1, len(means) + 1),
                    "difference": means[:, j],
                    "standard_error": errors[:, j],
                }
                tables.append(pd.DataFrame({"metric": metric, "scenario": label, **rows}))
        return pd.concat(tables, ignore_index=True)

    def drawn(self) -> pd.DataFrame:
        """Every input of the draws there are, a column each, as numbers; of one that scenarios state apart, its first
        scenario's. An alternative stands as its place among those there are."""
        columns = {}
        index = self._index
        rows = self.outcomes[index].drop_duplicates()
        for path in self.inputs.columns.difference(["scenario", *index], sort=False):
            stated = self.inputs[[*index, path]].dropna().drop_duplicates(index)
            column = rows.merge(stated, how="left")[path]
            number = pd.api.types.is_numeric_dtype(column)
            columns[path] = column.to_numpy(dtype=float) if number else pd.factorize(column, sort=True)[0]
        return pd.DataFrame(columns)


def load_psa(folder: str | Path) -> PsaResult:
    """An analysis that was kept, as far as it has come. BadFolder if the folder holds none.

    >>> from tempfile import TemporaryDirectory
    >>> card = {"mean": 9.0, "standard_error": 1.0, "unit": "USD per day", "grade": "estimated", "source": "accounts"}
    >>> unsure = ward.with_overrides({"levels.ward.cost_per_day": 9.0, 'evidence."levels.ward.cost_per_day"': card})
    >>> with TemporaryDirectory() as folder:
    ...     _ = sim.psa({"ward": unsure}, 10, 2, ["cost.total"], folder=folder + "/psa")
    ...     len(sim.load_psa(folder + "/psa").draws)
    10
    """
    kept = PsaFolder(Path(folder))
    result = PsaResult(kept.about(), kept.inputs(), kept.outcomes())
    if misfit := misfits(result.about, result._index, result.inputs, result.outcomes):
        raise BadFolder(f"{folder}: its tables are not of what {ABOUT} says: {'; '.join(misfit)}; {RESTORED}")
    return result
