"""What `run` and `compare` return: metrics with their error, and what is computed from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from sim.analysis.budget_impact import Period, budget_impact
from sim.analysis.equity import gap_changes, gaps, group_summary, judged
from sim.analysis.increments import FRAME_COLUMNS, INCREMENT_COLUMNS, Method, incremental_table
from sim.analysis.intervals import all_pairs, by_replication, holm_of_what_differs, paired_differences, summary
from sim.analysis.net_benefit import NET_BENEFIT_COLUMNS, net_monetary_benefit
from sim.analysis.occupancy import occupancy_distribution
from sim.analysis.precision import Precision
from sim.analysis.targets import TARGET_COLUMNS, target_table
from sim.analysis.warm_up import warm_up_table
from sim.experiment.record_files import of_replication
from sim.experiment.unreadable import definitions, units_of
from sim.model.engine import Engine
from sim.model.records import TABLES, Records
from sim.outcomes import (
    EFFECTS,
    GROUP_SIZE,
    HEADLINE,
    OF_EQUITY,
    VIEWS,
    Counted,
    Observed,
    Perspective,
    View,
    check_perspective,
    fitting,
    ledger_frame,
    metrics_of_worth,
    view_of,
    whole_ledger,
)
from sim.outcomes.budget import fixed_costs
from sim.outcomes.events import LEAST, events_apart
from sim.outcomes.headline import AT_HORIZONS
from sim.outcomes.metric import DAYS_OF_A_YEAR, horizons
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, as_run
from sim.vocabulary import ON_MEDICATION, PAYMENTS, Column

if TYPE_CHECKING:
    from sim.experiment.psa import PsaResult

MAIN, SOONER, EVERY = "main outcomes", "main outcomes by year", "all metrics"
"""Families of p values of `Study.differences`."""

THRESHOLDS = (0.0, 50_000.0, 100_000.0, 150_000.0)
"""What a QALY may be worth, in the currency: the usual range in the United States (Neumann et al. 2014)."""


class RecordsNotKept(AttributeError):
    """Records were asked of a result that kept only metrics."""


@dataclass(frozen=True, eq=False)
class Result:
    """One scenario, simulated.

    metrics: replication, metric, value; one row for each metric of each replication.
    groups: replication, by (an attribute, or two crossed), group, metric, value; every metric about patients.
    budget: replication, month, days, level, category, fixed, payer, amount; the programme's, not discounted.
    daily: metric (see `outcomes.daily`: census, queue and wait of a level, and asks.all), day (0 is the first of the
        run), mean and sd over replications; a wait is missing from where somebody asks who still waits at the end.
    occupancy: replication, place, in_use, days, asks: see `outcomes.occupancy`.
    tables: the records as DataFrames by name, each with a `replication` column; None when they were not kept. They lie
        on disk, in a temporary folder that goes with the result or where it was loaded from, and a table is read, and
        then held in memory, when it is first asked for: what is changed in it then is so for `records`, `ledger` and
        `save` too, but for columns that are added. `of_replication` reads less. Pickled and copied in full.
    reached: what became of each precision that was asked for.
    change: by which the scenario was reached in the run, if it did not run as itself from day 0; see `compare`.
    engine: by which replications were run that were in no store; it changes no number.
    """

    scenario: Scenario
    seed: int
    metrics: pd.DataFrame
    groups: pd.DataFrame
    budget: pd.DataFrame
    daily: pd.DataFrame
    occupancy: pd.DataFrame
    tables: Mapping[str, pd.DataFrame] | None = None
    reached: tuple["Reached", ...] = ()
    change: DatedChange | None = None
    engine: Engine = "simpy"

    @property
    def system(self) -> Scenario | DatedChange:
        """What was simulated: the scenario, or the change from the baseline to it."""
        return self.change or self.scenario

    @property
    def as_run(self) -> Scenario:
        """The scenario over all that was in the run: also levels and places that vanished on the day of the
        change, and capacity as it was before. Records and metrics are of this one."""
        return as_run(self.system)

    @property
    def replications(self) -> int:
        """Number of replications."""
        return int(self.metrics["replication"].nunique())

    @cached_property
    def by_metric(self) -> Mapping[str, Column]:
        """The values of each metric by replication, as `metrics` has them when they are first asked for."""
        names, values = by_replication(self.metrics, ["metric"])
        return dict(zip(names["metric"], values, strict=True))

    def summary(self) -> pd.DataFrame:
        """One row a metric: metric, unit, mean, sd, ci_low, ci_high (95 %, over replications), replications."""
        frame = summary(self.metrics)
        frame.insert(1, "unit", frame["metric"].map(units_of(self.as_run)))
        return frame

    @property
    def patients(self) -> pd.DataFrame:
        """One row a patient and replication: attributes, arrival, membership of the cohort."""
        return self._kept("patients")["patients"]

    @property
    def stays(self) -> pd.DataFrame:
        """One row a stay; times in days since day 0."""
        return self._kept("stays")["stays"]

    @property
    def waits(self) -> pd.DataFrame:
        """One row a wait; times in days since day 0."""
        return self._kept("waits")["waits"]

    @property
    def spells(self) -> pd.DataFrame:
        """One row a spell of one clinical state; times in days since day 0."""
        return self._kept("spells")["spells"]

    @property
    def medications(self) -> pd.DataFrame:
        """One row an offer of medication, with the course that came of it; times in days since day 0."""
        return self._kept("medications")["medications"]

    @property
    def emergencies(self) -> pd.DataFrame:
        """One row a visit to an emergency department; times in days since day 0."""
        return self._kept("emergencies")["emergencies"]

    @property
    def outages(self) -> pd.DataFrame:
        """One row a place and time for which nobody could have it, and why; times in days since day 0."""
        return self._kept("outages")["outages"]

    def equity(self) -> pd.DataFrame:
        """Outcomes of each group of patients with intervals: by, group, metric, mean, ci_low, ci_high, replications."""
        return group_summary(self.groups.assign(scenario="")).drop(columns="scenario")

    def occupancy_distribution(self) -> pd.DataFrame:
        """How often how many places of each kind are in use, with intervals: `sim.analysis.occupancy_distribution`."""
        return occupancy_distribution(self.occupancy.assign(scenario="")).drop(columns="scenario")

    def targets(self) -> pd.DataFrame:
        """What the scenario's targets say and what the model says, with a verdict: `sim.analysis.target_table`."""
        return target_rows(self.scenario, self.summary())

    def warm_up(self) -> pd.DataFrame:
        """Whether the system is at rest when it is measured, by series: `sim.analysis.warm_up_table`.

        Without rows where there is none to judge: a closed cohort, or people present on day 0 instead.
        """
        to_judge = self.scenario.arrivals.closed_cohort is None and not self.scenario.initial
        daily = self.daily if to_judge else self.daily.iloc[:0]
        arrivals, warm_up_days = self.scenario.arrivals, self.scenario.time.warm_up_days
        days = [day for day, _ in arrivals.steps()]
        days += [each.from_day for place in self.scenario.places.values() for each in place.changes]
        days += [self.change.day] if self.change else []
        calendar_changes = bool(arrivals.month) or any(day > warm_up_days for day in days)
        apart_days = (self.scenario.time.recruitment_days + self.scenario.time.follow_up_days) / 2
        return warm_up_table(daily, summary(self.metrics), warm_up_days, calendar_changes, apart_days)

    def ledger(self) -> pd.DataFrame:
        """Every amount of money, not discounted, for those who look at single patients; needs records.

        replication, patient, level, category, payer, day and until (since day 0; equal for a payment at once), amount.
        At the prices of the day: what is under way when a change begins has two entries.
        All costs of patients come from these entries, and so do the days that they hold places; idle places are no
        patient's, and in `budget`.
        """
        frames = []
        for number in range(self.replications):
            observed = Observed(self.records(number), self.system)
            frame = ledger_frame(whole_ledger(observed), observed)
            frame.insert(0, "replication", number)
            frames.append(frame)
        # Where nobody came in some replications, their tables have no types, which the others must not lose.
        return pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)

    def of_replication(self, replication: int) -> dict[str, pd.DataFrame]:
        """The records of one replication by table, as in `tables`, without reading those of the others.

        Raises ValueError for a replication that there is none of, and RecordsNotKept.
        """
        if not 0 <= replication < self.replications:
            raise ValueError(f"there is no replication {replication}; choose from 0 to {self.replications - 1}")
        return {name: of_replication(self._kept(name), name, replication) for name in TABLES}

    def records(self, replication: int) -> Records:
        """The records of one replication as the model left them; they must have been kept.

        `sim.outcomes.metrics` computes from them what other prices or utilities would have given.
        """
        tables = self.of_replication(replication)
        return Records.of_frames(**{name: frame.drop(columns="replication") for name, frame in tables.items()})

    def __repr__(self) -> str:
        return f"<Result of {self.scenario.name!r}: {self.replications} replications, seed {self.seed}>"

    def _repr_html_(self) -> str:
        """The main outcomes with intervals, for a notebook."""
        table = self.summary()
        shown = table[table["metric"].isin(fitting(table["metric"]))].drop(columns=["sd", "replications"])
        return notebook_table(shown, f"{self.scenario.name}: {self.replications} replications, seed {self.seed}")

    def save(self, folder: str | PathLike[str]) -> None:
        """Write manifest.json, metrics.csv, the other tables (see docs/design.md), and any records; all or none.

        Raises OSError when the folder cannot be written, and ValueError when it holds something else.
        """
        from sim.experiment.study_folder import save_result

        save_result(self, folder)

    def _kept(self, name: str) -> Mapping[str, pd.DataFrame]:
        if self.tables is None:
            raise RecordsNotKept(
                f"{name} were not kept; run again with keep_records=True (command line: --keep-records)"
            )
        return self.tables


def target_rows(scenario: Scenario, summary: pd.DataFrame) -> pd.DataFrame:
    """The targets of a scenario beside what its summary says: `sim.analysis.target_table`."""
    if not scenario.targets:
        return pd.DataFrame(columns=TARGET_COLUMNS)
    keys = ("low", "high", "tolerance", "source")
    stated = {
        name: dict(zip(keys, (*target.ends, target.tolerance, target.source), strict=True))
        for name, target in scenario.targets.items()
    }
    return target_table(stated, summary)


@dataclass(frozen=True)
class Reached:
    """Whether a wanted precision was reached: after how many replications, or None if all that were allowed did not."""

    precision: Precision
    replications: int | None


@dataclass(frozen=True, eq=False)
class Study:
    """Several scenarios, simulated with common random numbers; the first is the baseline.

    results: label -> Result, all on one seed and the same replications.
    reached: what became of each precision that was asked for.

    With the `ward` of `load_scenario`, and the `wider` one, where five wait instead of ten:

    >>> study = sim.compare({"today": ward, "wider": wider}, replications=2, change_on="start")
    >>> float(study.differences().set_index("metric").loc["wait.ward.mean", "difference"])
    -5.0
    """

    results: Mapping[str, Result]
    reached: tuple[Reached, ...] = ()

    @property
    def baseline(self) -> str:
        """Label of the scenario that the others are compared with."""
        return next(iter(self.results))

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios by label."""
        return {label: result.scenario for label, result in self.results.items()}

    @property
    def change(self) -> DatedChange | None:
        """By which the other scenarios were reached, one of them all for its day; None if all ran as themselves."""
        return next((result.change for result in self.results.values() if result.change), None)

    @property
    def replications(self) -> int:
        """Number of replications of each scenario."""
        return self.results[self.baseline].replications

    @property
    def metrics(self) -> pd.DataFrame:
        """scenario (the label), replication, metric, value."""
        return self._labelled("metrics")

    @property
    def groups(self) -> pd.DataFrame:
        """scenario, and the columns of `Result.groups`."""
        return self._labelled("groups")

    @property
    def budget(self) -> pd.DataFrame:
        """scenario, and the columns of `Result.budget`."""
        return self._labelled("budget")

    def summary(self) -> pd.DataFrame:
        """`Result.summary` of each scenario, with a `scenario` column in front."""
        frames = [result.summary().assign(scenario=label) for label, result in self.results.items()]
        return _scenario_first(pd.concat(frames, ignore_index=True))

    def targets(self) -> pd.DataFrame:
        """`Result.targets` of each scenario that states some, with a `scenario` column in front."""
        frames = [result.targets().assign(scenario=label) for label, result in self.results.items()]
        return _scenario_first(pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True))

    def differences(self, every_pair: bool = False) -> pd.DataFrame:
        """Differences from the baseline, or between every two scenarios, paired by replication.

        See `sim.analysis.paired_differences` and `all_pairs`. Metrics that only some scenarios have (such as the waits
        for a level that others lack) are left out where the pair does not have both.

        Further columns. family: for which p values p_adjusted is adjusted: MAIN, the main outcomes
        (`sim.outcomes.HEADLINE`) alone, so that what is found does not depend on what is looked at; SOONER, some of
        them by year; any other metric for EVERY one that there is. defined_by: the changed inputs that themselves
        define the metric (`sim.outcomes.definitional`), or ""; missing where a scenario cannot be read any more.
        events_apart: of rare events, see `sim.outcomes.events`; where there are too few to tell, intervals and p values
        are missing.
        """
        metrics = self.metrics
        rows = all_pairs(metrics) if every_pair else paired_differences(metrics, self.baseline)
        values = {label: result.by_metric for label, result in self.results.items()}
        keys = list(zip(rows["metric"], rows["against"], rows["scenario"], strict=True))
        apart = [events_apart(values[against], values[scenario], metric) for metric, against, scenario in keys]
        events = np.array(apart, dtype=float)
        of_chance = ["ci_low", "ci_high", "p_value"]
        rows.loc[events < LEAST, of_chance] = np.nan
        families = {
            name: fitting(rows["metric"].unique(), each) for name, each in ((MAIN, HEADLINE), (SOONER, AT_HORIZONS))
        }
        family = np.full(len(rows), EVERY, dtype=object)
        p_adjusted = holm_of_what_differs(rows["p_value"].to_numpy())
        for name, metrics_of_family in families.items():
            inside = rows["metric"].isin(metrics_of_family)
            family[inside] = name
            p_adjusted = np.where(inside, holm_of_what_differs(rows["p_value"].where(inside).to_numpy()), p_adjusted)
        known = {
            pair: definitions(rows["metric"].unique(), *(self.results[label].scenario for label in pair))
            for pair in dict.fromkeys((against, scenario) for _, against, scenario in keys)
        }
        of_pairs = [known[against, scenario] for _, against, scenario in keys]
        defined = [None if by is None else by.get(metric, "") for (metric, *_), by in zip(keys, of_pairs, strict=True)]
        return rows.assign(
            p_adjusted=p_adjusted,
            family=pd.Series(family, index=rows.index, dtype=object),
            defined_by=pd.Series(defined, index=rows.index, dtype=object),
            events_apart=events,
        )

    def view(self, effect: str = "qaly") -> View:
        """Of whom costs and effects are counted unless it is said: `sim.outcomes.view_of` these scenarios."""
        return view_of(effect, list(self.scenarios.values()))

    def counted(self, effect: str = "qaly") -> list[Counted]:
        """Of whom, and for how long, cost and this effect are told: by `view` first, by the other view, and by the
        cohort's at each horizon that all of these scenarios have before their follow-up ends.
        """
        scenarios = list(self.scenarios.values())
        judged = self.view(effect)
        views = [judged, *(view for view in VIEWS if view != judged)] if EFFECTS[effect].system else [judged]
        longest = min(scenario.time.follow_up_days for scenario in scenarios)
        sooner = [years for years in horizons(scenarios[0]) if years * DAYS_OF_A_YEAR < longest]
        return [*map(Counted, views), *(Counted("cohort", years) for years in sooner)]

    def cost_effectiveness(
        self,
        effect: str = "qaly",
        perspective: Perspective = "society",
        method: Method = "fieller",
        view: View | None = None,
        years: int | None = None,
    ) -> pd.DataFrame:
        """Cost and effect along the efficient frontier, with intervals: `sim.analysis.incremental_table`.

        effect: one of `sim.outcomes.EFFECTS`. perspective: whose costs count (`sim.outcomes.PERSPECTIVES`), discounted.
        method: of the intervals of ratios, "fieller" or "bootstrap". view: of whom (`sim.outcomes.VIEWS`): a member of
        the cohort, or everybody in the system during its window; None for `view`. years: a horizon of the cohort's
        outcomes; None for the whole follow-up.
        """
        frame, direction = self.costs_and_effects(effect, perspective, view, years)
        return incremental_table(frame, direction, method) if len(frame) else pd.DataFrame(columns=INCREMENT_COLUMNS)

    def net_benefit(
        self,
        thresholds: Sequence[float] = THRESHOLDS,
        effect: str = "qaly",
        perspective: Perspective = "society",
        view: View | None = None,
        years: int | None = None,
    ) -> pd.DataFrame:
        """Net monetary benefit at these prices of one unit of effect: `sim.analysis.net_monetary_benefit`.

        effect, perspective, view, years: as of `cost_effectiveness`.
        """
        frame, direction = self.costs_and_effects(effect, perspective, view, years)
        if not len(frame):
            return pd.DataFrame(columns=NET_BENEFIT_COLUMNS)
        return net_monetary_benefit(frame, thresholds, baseline=self.baseline, effect_direction=direction)

    def costs_and_effects(
        self,
        effect: str = "qaly",
        perspective: Perspective = "society",
        view: View | None = None,
        years: int | None = None,
    ) -> tuple[pd.DataFrame, Literal["higher", "lower"]]:
        """strategy, replication, cost, effect; and which direction of the effect's metric is better.

        effect, perspective, view, years: as of `cost_effectiveness`. Replications in which nobody asked for care have
        neither cost nor effect and are left out. Raises ValueError for an unknown effect, perspective, view or horizon,
        and for an effect that a scenario's follow-up is too short for, or that there is not in this view.
        """
        check_perspective(perspective)
        if view is None:
            view = "cohort" if years is not None else self.view(effect)
        scenarios = list(self.scenarios.values())
        (cost, gained), *_ = [metrics_of_worth(effect, perspective, scenario, view, years) for scenario in scenarios]
        unknown = np.full(self.replications, np.nan)
        costs, effects, people = (
            np.stack([result.by_metric.get(name, unknown) for result in self.results.values()])
            for name in (cost, gained, "people.system")
        )
        known = ~np.isnan(costs + effects).any(axis=0)
        if view == "system":
            known &= (people > 0).any(axis=0) | np.isnan(people).all(axis=0)
        numbers, labels = np.flatnonzero(known), np.array(list(self.results), dtype=object)
        columns = (labels.repeat(len(numbers)), np.tile(numbers, len(labels)), costs[:, known], effects[:, known])
        frame = pd.DataFrame(dict(zip(FRAME_COLUMNS, map(np.ravel, columns), strict=True))).astype({"strategy": str})
        direction = EFFECTS[effect].direction
        return frame, "lower" if direction == "lower" else "higher"

    def budget_impact(
        self, period: Period = "month", by: Sequence[str] = ("level", "category", "fixed", "payer")
    ) -> pd.DataFrame:
        """The programme's budget by month or year, and how it differs from the baseline's: `sim.analysis`."""
        return budget_impact(self.budget, self.baseline, period, by, self.replications, list(self.results))

    def spending(self, period: Period = "year") -> pd.DataFrame:
        """The programme's budget by what it is spent on, and how it differs from the baseline's: `sim.analysis`.

        A row of a level (place is "") is what its patients cost, "on medication" what those on one do, wherever they
        are; one of a kind of place (level is "") its fixed cost, occupied or not; one of neither (both are "")
        check-ups at home. In `budget_impact` the levels that use a place share its fixed cost by the days that they
        held it, so that one level's budget falls when another takes up more of the same places.
        """
        frames = [
            result.budget[~(result.budget["fixed"].astype(bool) | result.budget["category"].isin(PAYMENTS))].assign(
                scenario=label,
                place="",
                level=lambda spent: (
                    spent["level"].astype(object).where(spent["category"] != "medication", ON_MEDICATION)
                ),
            )
            for label, result in self.results.items()
        ]
        for label, result in self.results.items():
            places = fixed_costs(result.system).assign(scenario=label)
            frames += [places.assign(replication=number) for number in range(result.replications)]
        columns = ["scenario", "replication", "month", "days", "level", "place", "amount"]
        frame = pd.concat([each.reindex(columns=columns) for each in frames if len(each)] or frames[:1])
        return budget_impact(frame, self.baseline, period, ("level", "place"), self.replications, list(self.results))

    def margins(self, period: Period = "year", by: Sequence[str] = ()) -> pd.DataFrame:
        """Revenue, what is spent, and the margin, by month or year, and how they differ from the baseline's.

        As of `budget_impact`, with a column `measure`: "revenue", "budget", or "margin", the one less the other. by:
        ("level",), or () for the programme; level is "" of what is spent in none. Empty if no scenario has
        [reimbursement]; of one without it revenue and margin are not known, nor any difference from it.
        """
        spent = self.budget[~self.budget["category"].isin(PAYMENTS)].assign(measure="budget")
        paid = self.budget[self.budget["category"] == "revenue"].assign(measure="revenue")
        paid = paid.assign(amount=-paid["amount"])
        unstated = [label for label, result in self.results.items() if result.scenario.reimbursement is None]
        if len(unstated) == len(self.results):
            return budget_impact(spent.iloc[:0], self.baseline, period, ("measure", *by))
        left = pd.concat([paid, spent.assign(amount=-spent["amount"])]).assign(measure="margin")
        frame = pd.concat([paid, spent, left])
        rows = budget_impact(frame, self.baseline, period, ("measure", *by), self.replications, list(self.results))
        of_rates = rows["measure"] != "budget"
        unknown = of_rates & rows["scenario"].isin(unstated)
        rows.loc[unknown, ["amount", "ci_low", "ci_high"]] = np.nan
        alone = of_rates if self.baseline in unstated else unknown
        rows.loc[alone, ["difference", "difference_low", "difference_high"]] = np.nan
        return rows

    def equity(self) -> pd.DataFrame:
        """Outcomes of each group of patients with intervals: `sim.analysis.group_summary`."""
        return group_summary(self.groups)

    def occupancy_distribution(self) -> pd.DataFrame:
        """How often how many places of each kind are in use, with intervals: `sim.analysis.occupancy_distribution`."""
        return occupancy_distribution(self._labelled("occupancy"))

    def gaps(self) -> pd.DataFrame:
        """How far groups are apart in each scenario: `sim.analysis.gaps`."""
        return _of_outcomes(gaps(self.groups))

    def gap_changes(self) -> pd.DataFrame:
        """Which scenarios narrow or widen the gaps of the baseline: `sim.analysis.gap_changes`.

        p_adjusted and verdict: the main outcomes (`sim.outcomes.OF_EQUITY`) are one family, as in `differences`;
        family says which.
        """
        rows = _of_outcomes(gap_changes(self.groups, self.baseline))
        of_main = rows["metric"].isin(OF_EQUITY)
        main, others = judged(rows[of_main]), rows[~of_main]
        rows = pd.concat([main, others]).sort_index() if len(main) and len(others) else main if len(main) else rows
        return rows.assign(family=pd.Series(np.where(of_main, MAIN, EVERY), index=rows.index, dtype=object))

    def save(self, folder: str | PathLike[str], psa: "PsaResult | None" = None) -> None:
        """Write manifest.json, the tables of this study (see docs/design.md), and any records.

        psa: of the same scenarios, whose intervals then stand in differences.csv as well. All files or none. Raises
        OSError when the folder cannot be written, ValueError when it holds something else, and for another psa.
        """
        from sim.experiment.study_folder import save_study

        save_study(self, folder, psa)

    def __repr__(self) -> str:
        labels = ", ".join(map(repr, self.results))
        return f"<Study of {labels}: {self.replications} replications, seed {self.results[self.baseline].seed}>"

    def _repr_html_(self) -> str:
        """The differences of the main outcomes, for a notebook."""
        table = self.differences()
        columns = ["metric", "scenario", "baseline", "mean", "difference", "ci_low", "ci_high", "p_adjusted"]
        shown = table[table["metric"].isin(fitting(table["metric"]))][columns]
        arms = f"{len(self.results)} scenarios against {self.baseline}"
        return notebook_table(shown, f"{arms}: {self.replications} replications, paired")

    def _labelled(self, name: str) -> pd.DataFrame:
        frames = [getattr(result, name).assign(scenario=label) for label, result in self.results.items()]
        return _scenario_first(pd.concat(frames, ignore_index=True))


MOST_ROWS = 60
"""A table in a notebook shows so many rows at the most, and says how many there are."""


def notebook_table(frame: pd.DataFrame, caption: str) -> str:
    """A DataFrame as HTML with a caption; everything in it is escaped, and it is never too long to scroll past."""
    more = f" ({MOST_ROWS} of {len(frame)} rows)" if len(frame) > MOST_ROWS else ""
    body = frame.head(MOST_ROWS).to_html(index=False, float_format=lambda value: f"{value:,.4g}", na_rep="")
    return body.replace("<thead>", f"<caption>{escape(caption + more)}</caption><thead>", 1)


def _of_outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the sizes of groups."""
    return rows[rows["metric"] != GROUP_SIZE].reset_index(drop=True)


def _scenario_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["scenario", *(column for column in frame.columns if column != "scenario")]]
