"""Titles state what was found, and do not claim what was not."""

import numpy as np
import pandas as pd
from report.figures import study, title

from sim.report.findings import compared, level_words, metric_words, per_cent, rounded
from sim.report.plot_census import census, census_figure
from sim.report.plot_differences import COLUMNS, differences_figure
from sim.report.plot_equity import gaps_figure
from sim.report.plot_plane import plane_figure


def rows(*differences: tuple[float, float, float, float]) -> pd.DataFrame:
    """A baseline of 10, and scenarios with difference, ends of its interval, and adjusted p."""
    frame = pd.DataFrame(
        [(np.nan,) * 4, *differences], columns=["difference", "difference_low", "difference_high", "p_adjusted"]
    )
    return frame.assign(scenario=["today", *"abcdefg"[: len(differences)]], mean=10 + frame["difference"].fillna(0))


def said(frame: pd.DataFrame) -> str:
    return compared("the wait", frame, lambda value: f"{value:g} days")


def test_a_finding_needs_both_its_interval_and_its_adjusted_p() -> None:
    none = "no difference was found in the wait"
    assert said(rows((2, 1, 3, 0.01))) == "the wait: 10 days in today, 12 days in a"
    assert said(rows((2, 1, 3, 0.05))) == none
    assert said(rows((2, -1, 5, 0.01))) == none
    assert said(rows((0, 0, 0, 1.0))) == none
    assert said(rows((2, np.nan, np.nan, np.nan))) == "too few replications to compare the wait"
    assert said(rows()) == "the wait: 10 days"


def test_of_several_the_largest_that_is_found() -> None:
    frame = rows((2, 1, 3, 0.01), (-4, -5, -3, 0.01), (9, -1, 19, 0.2))
    assert said(frame) == "the wait: 10 days in today, 6 days in b (2 of 3 scenarios differ)"


def test_words() -> None:
    assert metric_words("retention.90_days") == "retention at 90 days"
    assert metric_words("wait.mean") == "mean wait"
    assert metric_words("wait.iop_evening.p90") == "90th percentile wait for IOP evening"
    assert metric_words("wait.within_14_days") == "wait within 14 days"
    assert metric_words("qalys.per_patient_discounted") == "QALYs per patient (discounted)"
    assert metric_words("cost.per_patient_discounted.society") == "cost per patient to society (discounted)"
    assert level_words("iop") == "IOP"
    assert level_words("sober_living") == "sober living"
    assert (per_cent(0.1234), per_cent(0.014), per_cent(0.999)) == ("12 %", "1.4 %", "99.9 %")
    assert rounded(146_009.2) == "146,000"


def forest(*rows: tuple[str, str, str]) -> str:
    """The title of a forest plot of these metrics, scenarios and verdicts."""
    frame = pd.DataFrame(
        [
            (metric, "days", "higher", scenario, "today", 10.0, 1.0, -1.0, 3.0, 0.5, word)
            for metric, scenario, word in rows
        ],
        columns=COLUMNS,
    )
    return title(differences_figure(frame))


def test_of_a_forest_plot() -> None:
    assert forest(("a", "new", "better"), ("b", "new", "no difference found"), ("c", "new", "worse")) == (
        "new against today: better in a; worse in c; no difference was found in b"
    )
    assert forest(("a", "new", "no difference found"), ("a", "old", "same")) == "No difference from today was found"
    assert forest(("a", "new", "better"), ("a", "old", "same")) == (
        "1 of 2 differences from today can be told from chance: 1 better"
    )
    assert forest(("a", "new", "too few replications")) == "Too few replications to compare"


def test_of_waiting_lists() -> None:
    frame = census(study(2))
    waiting = (frame["kind"] == "waiting") & (frame["level"] == "ward")

    def of(*levels: tuple[float, float]) -> str:
        changed = frame.copy()
        for scenario, (mean, half) in zip(study(2).results, levels, strict=True):
            here = waiting & (changed["scenario"] == scenario)
            changed.loc[here, ["mean", "ci_low", "ci_high"]] = [mean, mean - half, mean + half]
        return title(census_figure(changed))

    assert of((3, 1), (8, 1)) == "3 people are waiting for ward on average in system 0, 8 in system 1"
    assert "no difference was found" in of((3, 3), (8, 3))
    assert "no difference was found" in of((3, np.nan), (8, np.nan))
    assert of((0.2, 0.1), (0.1, 0.1)) == "On average, fewer than one person is waiting for any level"


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
    return title(plane_figure(points, table, currency="USD"))


def test_of_a_plane() -> None:
    assert cost_and_effect() == "new gains a QALY for 10,000 USD (5,000 to 20,000) against today"
    assert "No cost per QALY can be stated" in cost_and_effect("the effect difference may be zero")


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
    return title(gaps_figure(frame.assign(metric="retention.90_days", unit="share", mean=0.5, ci_low=0.4, ci_high=0.6)))


def test_of_gaps() -> None:
    assert gap("no change found", "no gap found") == "No gap in retention at 90 days was found to change against today"
    assert gap("narrower", "no change found") == (
        "Gaps in retention at 90 days that change against today: severity severe (narrower in new 0)"
    )
    assert gap("narrower", "wider", "wider", "wider") == (
        "4 of 4 gaps in retention at 90 days change against today: 1 narrower, 3 wider"
    )
    assert gap("too few replications") == "Too few replications to tell whether gaps in retention at 90 days change"
