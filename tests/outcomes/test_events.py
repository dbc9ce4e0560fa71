"""Rare events: by how many two scenarios differ, and how many it takes."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.outcomes.events import LEAST, events_apart
from sim.vocabulary import Column


def test_fewer_events_could_not_be_found_even_if_all_were_on_one_side() -> None:
    assert binomtest(LEAST, LEAST).pvalue < 0.05 <= binomtest(LEAST - 1, LEAST - 1).pvalue


def arms(**columns: tuple[list[float], list[float]]) -> list[dict[str, Column]]:
    """Metrics of two arms by replication, `_` for `.`; some course differs, and deaths are modelled."""
    named = {name.replace("_", "."): values for name, values in columns.items()}
    count = len(next(iter(named.values()))[0])
    known = {"deaths.share": ([0.0] * count,) * 2, "days_well": ([1.0] * count, [2.0] * count)} | named
    return [{metric: np.array(both[arm]) for metric, both in known.items()} for arm in (0, 1)]


def test_events_are_counted_by_replication_whichever_side_has_more() -> None:
    """Of 100, 100 and 200 people 2, 3 and 2 die in one arm, and 3, 1 and 2 in the other: 1 + 2 + 0."""
    people = ([100.0, 100.0, 200.0],) * 2
    a, b = arms(deaths_share=([0.02, 0.03, 0.01], [0.03, 0.01, 0.01]), arrivals=people)
    for metric in ("deaths.share", "deaths.per_1000_person_years"):
        assert events_apart(a, b, metric) == pytest.approx(3)
        assert events_apart(b, a, metric) == pytest.approx(3)


def test_shares_of_unequal_numbers_count_at_their_mean() -> None:
    """2 of 300 and 2 of 310: 305 (2 / 300 - 2 / 310) = 0.0656; no discharge in a replication adds nothing."""
    shares = ([2 / 300, math.nan], [2 / 310, 0.0])
    a, b = arms(discharges_ward_died=shares, discharges_ward=([300.0, 0.0], [310.0, 5.0]))
    assert events_apart(a, b, "discharges.ward.died") == pytest.approx(0.06559, abs=1e-5)


def test_nothing_is_counted_of_other_metrics_or_where_no_course_differs() -> None:
    a, b = arms(deaths_share=([0.02], [0.03]), arrivals=([100.0], [100.0]))
    assert math.isnan(events_apart(a, b, "days_well"))
    b["days_well"] = a["days_well"]
    a["days_in_care"] = b["days_in_care"] = np.array([3.0])
    assert math.isnan(events_apart(a, b, "deaths.share"))


def test_where_nobody_can_die_nothing_is_too_rare() -> None:
    a, b = arms(discharges_ward_died=([0.0], [0.0]), discharges_ward=([30.0], [31.0]))
    assert events_apart(a, b, "discharges.ward.died") == 0
    del b["deaths.share"]
    assert math.isnan(events_apart(a, b, "discharges.ward.died"))
