"""Hours of treatment and clinicians."""

import pytest
from outcomes.build import clinic, records, stay

from sim.outcomes import metric_names, metrics

GROUP = {"size": 10, "groups": 2, "sessions_per_week": 3.0, "hours_per_session": 2.5}
STAYS = [stay(0, "iop", 90, 121), stay(1, "iop", 150, 164), stay(1, "residential", 164, 171)]


def test_hours_stated_and_hours_of_groups() -> None:
    """In the window 35 days of IOP, of 7.5 group hours a week, and 7 of residential care, of 20 stated hours."""
    described = clinic(
        levels__iop__group=GROUP,
        levels__residential__group=GROUP,
        levels__residential__clinical_hours_per_week=20.0,
    )
    numbers = metrics(records(described, [90, 150], stays=STAYS), described)
    assert numbers["clinical_hours.iop"] == pytest.approx(35 / 7 * 7.5)
    assert numbers["clinical_hours.residential"] == pytest.approx(20)
    assert numbers["clinical_hours.outpatient"] == 0


def test_clinicians_of_levels_that_state_a_caseload() -> None:
    described = clinic(levels__iop__caseload=14.0)
    numbers = metrics(records(described, [90, 150], stays=STAYS), described)
    assert numbers["fte.iop"] == pytest.approx(0.35 / 14)
    assert [name for name in metric_names(described) if name.startswith("fte.")] == ["fte.iop"]
