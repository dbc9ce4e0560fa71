"""The shipped scenarios give what they gave when their numbers were accepted.

If a change of numbers is meant: `stepdown check tests/regression/suite.toml --bless`, and a line in CHANGELOG.md.
"""

from functools import cache, partial
from pathlib import Path

import sim
from sim.experiment.regression.baselines import check_suite
from sim.experiment.regression.suite import load_suite
from sim.report.render.markdown import drift_markdown

SUITE = Path(__file__).with_name("suite.toml")
suite = cache(partial(load_suite, SUITE))


def test_every_shipped_scenario_is_watched() -> None:
    assert {case.source for case in suite().cases if case.tier == "exact"} == set(sim.shipped_names())


def test_every_baseline_belongs_to_a_case() -> None:
    assert set(SUITE.parent.glob("*.csv")) == {case.baseline for case in suite().cases}


def test_nothing_has_moved() -> None:
    found = check_suite(suite(), workers=2)
    assert found.passed, drift_markdown(found)
