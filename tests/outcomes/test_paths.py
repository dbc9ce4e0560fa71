"""Ways through the levels, in words."""

import numpy as np
from outcomes.build import at_random, clinic, records, stay

from sim.outcomes.observed import Observed
from sim.outcomes.paths import paths


def test_paths_by_hand() -> None:
    """Everyone asks on day 100 and is followed to day 200; patient 4 asked before the window."""
    described = clinic()
    stays = [
        stay(0, "residential", 100, 120),
        stay(0, "iop", 120, 150, "dropped_out", route="step_down"),
        stay(0, "detox", 180, 185, route="return"),
        stay(1, "iop", 150, 250, "burned_out"),
        stay(2, "iop", 200, 250),
        stay(3, "iop", 100, 120, "died"),
        stay(4, "iop", 95, 120),
        stay(5, "iop", 190, 200),
        stay(6, "iop", 150, 300, "end_of_follow_up"),
    ]
    way = paths(Observed(records(described, [*[100.0] * 4, 95.0, 100.0, 100.0], stays=stays), described))
    assert way.to_dict() == {
        0: "residential (completed) > iop (dropped_out) > detox (completed)",
        1: "iop (in care)",
        2: "never admitted",
        3: "iop (died)",
        5: "iop (in care)",
        6: "iop (in care)",
    }
    assert way.name == "path"
    assert way.index.name == "patient"


def test_interim_stays_are_stays() -> None:
    described = clinic(levels__residential__hand_over="bridge", levels__residential__bridge="outpatient")
    stays = [
        stay(0, "residential", 100, 120, next_level="iop"),
        stay(0, "outpatient", 120, 130, "transferred", route="step_down", interim=True),
        stay(0, "iop", 130, 170, route="step_down"),
    ]
    way = paths(Observed(records(described, [100.0], stays=stays), described))
    assert way[0] == "residential (completed) > outpatient (transferred) > iop (completed)"


def test_every_member_has_one_and_nobody_else() -> None:
    described = clinic()
    observed = Observed(at_random(described, 150, 1), described)
    way = paths(observed)
    assert way.index.tolist() == np.flatnonzero(observed.cohort).tolist()
    steps = sum(0 if path == "never admitted" else len(path.split(" > ")) for path in way)
    assert steps == len(observed.followed_stays.rows)


def test_nobody_and_nobody_admitted() -> None:
    described = clinic()
    assert paths(Observed(records(described, []), described)).empty
    assert paths(Observed(records(described, [100.0]), described)).tolist() == ["never admitted"]
