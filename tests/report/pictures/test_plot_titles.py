"""Titles state what was found, and do not claim what was not."""

import re

import numpy as np
import pandas as pd
import pytest
from report.pictures.figures import study, title

from sim.report.pictures.budget import budget_figure, budgets
from sim.report.pictures.census import census, census_figure
from sim.report.pictures.differences import COLUMNS, differences_figure
from sim.report.pictures.equity import gaps_figure
from sim.report.pictures.findings import compared, judged, per_cent
from sim.report.pictures.plane import plane_figure
from sim.report.pictures.waits import waits, waits_figure
from sim.report.wording import Measure, metric_words

WAIT = Measure("wait.ward.mean", "mean wait", "days", "days", 1.0, "lower")


def rows(*differences: tuple[float, float, float, float]) -> pd.DataFrame:
    """A baseline of 10, and scenarios with difference, ends of its interval, and p value."""
    frame = pd.DataFrame(
        [(np.nan,) * 4, *differences], columns=["difference", "difference_low", "difference_high", "p_value"]
    )
    return frame.assign(scenario=["today", *"abcdefg"[: len(differences)]], mean=10 + frame["difference"].fillna(0))


def said(frame: pd.DataFrame, findings: pd.DataFrame | None = None) -> str:
    return compared(WAIT, judged(frame, WAIT, findings))


def test_a_finding_is_said_with_its_size_and_interval() -> None:
    none = "no difference was found in the mean wait"
    assert said(rows((2, 1, 3, 0.01))) == "mean wait: 10 days in today, +2.0 days (+1.0 to +3.0) in a"
    assert said(rows((2, -1, 5, 0.05))) == none
    assert said(rows((0, 0, 0, 1.0))) == none
    assert said(rows((2, np.nan, np.nan, np.nan))) == "too few replications to compare the mean wait"
    assert said(rows()) == "mean wait: 10 days"


def test_a_level_is_rounded_as_tables_round_it_beside_its_interval() -> None:
    frame = rows((2, 1, 3, 0.01)).assign(mean=[0.00804, 2.00804], ci_low=[-0.0082, 1.0], ci_high=[0.0243, 3.0])
    assert said(frame).startswith("mean wait: 0.008 days in today, ")


def test_of_several_the_largest_that_is_found() -> None:
    frame = rows((2, 1, 3, 0.01), (-4, -5, -3, 0.01), (9, -1, 19, 0.2))
    assert said(frame) == "mean wait: 10 days in today, -4.0 days (-5.0 to -3.0) in b; also in a"
    frame = rows(*((change, 1, 9, 0.001) for change in (2, 3, 4, 5, 6)))
    assert said(frame).endswith("in e; also in 4 others")


def test_what_may_be_chance_among_several_is_no_finding() -> None:
    assert said(rows((2, 1, 3, 0.03), (1, -1, 3, 0.5))) == "no difference was found beyond chance in the mean wait"


def test_a_picture_goes_by_the_p_values_of_the_study() -> None:
    frame = rows((2, 1, 3, 0.01))

    def findings(p: float, metric: str = "wait.ward.mean") -> pd.DataFrame:
        return pd.DataFrame({"metric": [metric], "scenario": ["a"], "p_adjusted": [p]})

    assert said(frame, findings(0.04)) == said(frame)
    assert said(frame, findings(0.06)) == "no difference was found beyond chance in the mean wait"
    assert said(frame, findings(0.06, "another")) == said(frame)


def test_pictures_find_what_the_table_finds() -> None:
    """With p values of 0 throughout all is found, with 1 nothing is, whatever the rows would find by themselves."""
    of = study(3)
    found = of.differences()
    for draw in (lambda p: waits_figure(waits(of), p), lambda p: budget_figure(budgets(of), "USD", p)):
        assert " in system 0, " in title(draw(found.assign(p_adjusted=0.0)))
        nothing = title(draw(found.assign(p_adjusted=1.0)))
        assert nothing.startswith("No difference was found")
        assert " in system 0, " not in nothing


def test_words() -> None:
    assert metric_words("retention.90_days") == "share in care on day 90"
    assert metric_words("wait.mean") == "mean wait"
    assert metric_words("wait.iop_evening.p90") == "90th percentile of the wait for iop_evening"
    assert metric_words("wait.within_14_days") == "wait within 14 days"
    assert metric_words("qalys.per_patient_discounted") == "QALYs a person (discounted)"
    assert metric_words("cost.per_patient_discounted.society") == "cost a person to society (discounted)"
    assert metric_words("continuity.30_days") == "continuity at 30 days"
    assert metric_words("occupancy.bed") == "share of bed in use"
    assert metric_words("length_of_stay.sober_living.mean") == "length of stay sober_living mean"
    assert metric_words("cost.payer.co_pay.total") == "cost payer co_pay total"
    assert (per_cent(0.1234), per_cent(0.014), per_cent(0.999)) == ("12 %", "1.4 %", "99.9 %")


def forest(*rows: tuple[str, str, str]) -> str:
    """The title of a forest plot of these metrics, scenarios and verdicts."""
    frame = pd.DataFrame(
        [
            (
                *(metric, metric, metric, "days", "higher", scenario, "today", 10.0, 1.0, -1.0, 3.0, 0.5, "", word),
                *(np.nan, np.nan, np.nan, word),
            )
            for metric, scenario, word in rows
        ],
        columns=COLUMNS,
    )
    return title(differences_figure(frame))


def test_of_a_forest_plot() -> None:
    assert forest(("a", "new", "better"), ("b", "new", "no difference found"), ("c", "new", "worse")) == (
        "new against today: better in a; worse in c; no difference was found in b"
    )
    unfound = [(metric, "new", "no difference found") for metric in "bcd"]
    assert forest(("a", "new", "better"), *unfound) == (
        "new against today: better in a; no difference was found in 3 others"
    )
    assert forest(("a", "new", "no difference found"), ("a", "old", "same")) == "No difference from today was found"
    assert forest(("a", "new", "better"), ("a", "old", "same")) == ("Against today some are better in a")
    assert forest(("a", "new", "too few replications")) == "Too few replications to compare"
    assert forest(("a", "new", "better"), ("b", "new", "too few to tell"), ("c", "new", "undefined")) == (
        "new against today: better in a; too few events to tell in b"
    )


def test_a_forest_plot_of_draws_says_no_share_of_what_is_not_of_them() -> None:
    rows = [("a", "better", -2.0, 0.95, "better in 95 % of draws"), ("b", "worse", np.nan, np.nan, "worse")]
    frame = pd.DataFrame(
        [
            (
                *(name, name, name, "days", "higher", "new", "today", 1.0, -1.0, -1.5, -0.5, 0.01, "", verdict),
                *(low, low + 3, share, text),
            )
            for name, verdict, low, share, text in rows
        ],
        columns=COLUMNS,
    )
    assert title(differences_figure(frame)) == "new against today: better in a, in 90 % of draws or more"


def test_of_waiting_lists() -> None:
    def of(*lists: tuple[str, float, float, float]) -> str:
        """level, mean at the baseline, difference, p value."""
        frame = pd.DataFrame(
            [
                row
                for level, mean, change, p in lists
                for row in (
                    ("today", level, f"queue.{level}.mean", mean, np.nan, np.nan, np.nan, np.nan),
                    ("new", level, f"queue.{level}.mean", mean + change, change, change - 0.5, change + 0.5, p),
                )
            ],
            columns=[
                "scenario",
                "level",
                "metric",
                "mean",
                "difference",
                "difference_low",
                "difference_high",
                "p_value",
            ],
        )
        return title(census_figure(census(study(2)), frame))

    assert of(("ward", 3, 5, 0.001), ("iop", 9, 0.1, 0.7)) == (
        "People waiting for ward: 3 in today, +5.0 (+4.5 to +5.5) in new, on average"
    )
    assert of(("ward", 3, 0.1, 0.7), ("iop", 9, 0.1, 0.7)) == (
        "No difference was found in people waiting for iop, on average"
    )
    assert of(("ward", 3, np.nan, np.nan)) == "People waiting for ward: nothing to compare, on average"
    assert of(("ward", 3, 0.1, np.nan)) == "Too few replications to compare people waiting for ward, on average"
    assert of(("ward", 0.2, 0.1, 0.001)) == "On average, fewer than one person is waiting for any level"


def test_of_a_budget_in_millions() -> None:
    of = study(1)
    total = of.summary().set_index("metric")["mean"]["cost.total"]
    said = re.fullmatch(
        r"Budget of the programme \(provider's view, undiscounted\) over [\d,]+ days: ([\d.]+) million USD",
        title(budget_figure(budgets(of), "USD")),
    )
    assert said is not None
    assert float(said[1]) == pytest.approx(total / 1e6, rel=0.01)


def cost_and_effect(*notes: str) -> str:
    """The title of a plane of a frontier of two; notes: why there is no ICER."""
    points = pd.DataFrame(
        [(name, r, cost + r, effect) for name, cost, effect in (("today", 0, 0), ("new", 100, 0.01)) for r in range(4)],
        columns=["strategy", "replication", "more_cost", "more_effect"],
    )
    icer = np.nan if notes else 10_000.0
    table = pd.DataFrame(
        [("today", np.nan, np.nan, np.nan, "ND", ""), ("new", icer, icer / 2, icer * 2, "ND", "".join(notes))],
        columns=["strategy", "icer", "icer_low", "icer_high", "status", "note"],
    )
    return title(plane_figure(points, table, currency="USD", perspective="payer"))


def test_of_a_plane_says_whose_costs_they_are() -> None:
    assert cost_and_effect() == (
        "More QALYs than today: new at 10,000 USD per QALY (5,000 to 20,000), costs to third-party payers"
    )
    assert "No cost to third-party payers per QALY can be stated" in cost_and_effect("the effect may be zero")
    best = pd.DataFrame(
        [(name, r, cost + r / 10, gain) for name, cost, gain in (("today", 0, 0), ("new", -9, 1)) for r in range(4)],
        columns=["strategy", "replication", "more_cost", "more_effect"],
    )
    table = pd.DataFrame(
        [("new", *[np.nan] * 3, "ND", ""), ("today", *[np.nan] * 3, "D", "dominated by new")],
        columns=["strategy", "icer", "icer_low", "icer_high", "status", "note"],
    )
    for perspective, words in (("patient", "to patients"), ("provider", "to the provider"), ("society", "to society")):
        figure = plane_figure(best, table, currency="USD", perspective=perspective)  # type: ignore[arg-type]
        assert title(figure) == f"new costs least {words} and gains most QALYs"
        assert words in figure.axes[0].get_ylabel()
        said = " ".join(text.get_text() for text in figure.axes[1].texts)
        assert f"with the least cost {words}" in " ".join(said.split())


def gap(*verdicts: str) -> str:
    frame = pd.DataFrame(
        [("today", "severity", "mild", ""), ("today", "severity", "severe", "")]
        + [
            (f"new {i}", "severity", group, word)
            for i, v in enumerate(verdicts)
            for group, word in (("mild", ""), ("severe", v))
        ],
        columns=["scenario", "by", "group", "verdict"],
    )
    said = {
        "called": frame["by"] + ": " + frame["group"],
        "metric": "retention.90_days",
        "words": "share in care on day 90",
    }
    return title(
        gaps_figure(frame.assign(**said, told=frame["verdict"], unit="share", mean=0.5, ci_low=0.4, ci_high=0.6))
    )


def test_of_gaps() -> None:
    assert gap("no change found", "no gap found") == (
        "No gap in share in care on day 90 was found to change against today"
    )
    assert gap("narrower", "no change found") == (
        "Gaps in share in care on day 90 that change against today: severity: severe (narrower in new 0)"
    )
    assert gap("narrower", "wider", "wider", "wider") == (
        "Gaps in share in care on day 90 against today: narrower in new 0; wider in new 1, new 2 and new 3"
    )
    assert gap("too few replications") == "Too few replications to tell whether gaps in share in care on day 90 change"
