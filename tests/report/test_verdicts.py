"""What counts as a finding, and that everything goes by it."""

import math

import pandas as pd
import pytest
from report.figures import study
from support import exponential, scenario

import sim
from sim.analysis import judged
from sim.outcomes import OF_EQUITY, fitting
from sim.report.plot_equity import gaps
from sim.report.verdicts import verdict, with_verdicts

NAN = math.nan


@pytest.mark.parametrize(
    ("difference", "p_value", "p_adjusted", "direction", "word"),
    [
        (1.0, NAN, NAN, "higher", "too few replications"),
        (0.0, 1.0, 1.0, "higher", "same"),
        (0.0, 0.9, 1.0, "higher", "no difference found"),
        (0.1, 0.3, 1.0, "higher", "no difference found"),
        (0.1, 0.05, 0.05, "higher", "no difference found"),
        (0.1, 0.049, 0.05, "higher", "may be chance"),
        (0.1, 0.001, 0.2, "lower", "may be chance"),
        (0.1, 0.001, 0.049, "higher", "better"),
        (0.1, 0.001, 0.001, "lower", "worse"),
        (-1.0, 0.001, 0.001, "higher", "worse"),
        (-1.0, 0.001, 0.001, "lower", "better"),
        (0.1, 0.001, 0.001, "neutral", "higher"),
        (-1.0, 0.001, 0.001, "neutral", "lower"),
    ],
)
def test_a_verdict_joins_p_values_and_direction(
    difference: float, p_value: float, p_adjusted: float, direction: str, word: str
) -> None:
    assert verdict(difference, p_value, p_adjusted, direction) == word


def test_rows_keep_their_order_and_index() -> None:
    rows = pd.DataFrame(
        {"metric": ["a", "b"], "difference": [1.0, 1.0], "p_value": [0.001] * 2, "p_adjusted": [0.01] * 2}, index=[7, 3]
    )
    found = with_verdicts(rows, {"b": "lower"})
    assert found["verdict"].to_dict() == {7: "higher", 3: "worse"}


def test_the_main_outcomes_are_one_family_whatever_else_there_is() -> None:
    """Those that no replication can change do not count: here, who asks."""
    base = scenario({"ward": {"length_of_stay": exponential(8), "places": ["beds"]}}, {"beds": 4})
    study = sim.compare({"base": base, "more": base.with_overrides({"places.beds.capacity": 5})}, replications=4)
    rows = study.differences().set_index("metric")
    main = fitting(rows.index)
    assert rows.loc["arrivals", ["p_value", "p_adjusted"]].tolist() == [1.0, 1.0]
    differing = rows.loc[main][rows.loc[main, "p_value"] < 1]
    assert 1 < len(differing) < len(main) < len(rows)
    smallest = differing["p_value"].idxmin()
    expected = min(differing["p_value"][smallest] * len(differing), 1.0)
    assert differing["p_adjusted"][smallest] == pytest.approx(expected)


def test_gaps_have_one_verdict_wherever_they_are_asked_for() -> None:
    of = study(3)
    found = of.gap_changes().set_index(["metric", "scenario", "by", "group"])["verdict"]
    for by in ((), ("severity",)):
        frame = gaps(of, "days_abstinent", by)
        for row in frame[frame["verdict"] != ""].itertuples():
            assert row.verdict == found["days_abstinent", row.scenario, row.by, row.group]
    changes = of.gap_changes()
    main = changes[changes["metric"].isin(OF_EQUITY)]
    assert list(judged(main)["verdict"]) == list(main["verdict"])
