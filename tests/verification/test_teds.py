"""The shipped `base` against how stays ended in US treatment episodes (TEDS-D 2004, 28 states, mostly public).

Every stay discharged in the recruitment window counts, whoever's; stays that the end of the run cut off do not.
How the reasons of the two correspond:

    TEDS-D            model
    completed         completed
    transferred       transferred (to another programme, stepped up, or early step-down)
    dropped out       dropped_out, burned_out
    terminated        terminated, relapsed (discharged by the programme after use)

TEDS-D's four shares leave 4 to 14 % of other or unknown reasons, which the model does not have, so they are rescaled
to sum to 100 before the comparison. Deaths, which TEDS-D counts among the others, are well under 0.1 % of the model's
stays. The overall medians of detoxification and outpatient care were quoted without the source at hand; their medians
by reason are not known.

Tolerances: 3 percentage points, and 15 % of a median beside two of its standard errors, but for one miss that is named.
These are the parameters' own fitting targets, so the test shows that the scenario still reproduces them, not that it
predicts anything. Run with `pytest -s` to see the table.
"""

import sys
from typing import NamedTuple

import pandas as pd
import pytest

import sim
from sim.model import replicate

SEED, REPLICATIONS = 2004, 10
SHARE_TOLERANCE = 3.0
MEDIAN_TOLERANCE = 0.15
MISSES = {"residential": {"completed": 28.0}}
"""By level, reasons whose median days are further off, and what the model has instead: a plan is only seen to be
finished at a weekly review."""

REASONS = {
    "completed": ("completed",),
    "transferred": ("transferred",),
    "dropped out": ("dropped_out", "burned_out"),
    "terminated": ("terminated", "relapsed"),
}


class Published(NamedTuple):
    """TEDS-D 2004 for one level: % of discharges and median days by reason, in the order of REASONS."""

    shares: tuple[float, float, float, float]
    median: float
    medians: tuple[float, ...] = ()


TEDS_D_2004 = {
    "residential": Published((61.5, 14.3, 14.1, 6.3), 20, (24, 19, 7, 13)),
    "iop": Published((37.7, 17.9, 23.2, 14.0), 41, (50, 42, 26, 36)),
    "outpatient": Published((36.4, 11.7, 27.2, 10.5), 76),
    "detox": Published((62.3, 13.6, 16.4, 2.1), 4),
}


@pytest.fixture(scope="module")
def discharges() -> pd.DataFrame:
    """Stays of all replications that ended in the recruitment window: level, reason and days."""
    # What comes later is in none of these stays: a day after the window is as good as years.
    base = sim.load_scenario("base").with_overrides({"time.follow_up_days": 1.0})
    opens = base.time.warm_up_days
    closes = opens + base.time.recruitment_days
    frames = [replicate(base, SEED, number).stays.frame() for number in range(REPLICATIONS)]
    stays = pd.concat(frames, ignore_index=True)
    inside = (stays["discharged"] >= opens) & (stays["discharged"] < closes) & (stays["reason"] != "end_of_follow_up")
    return stays[inside].assign(days=stays["discharged"] - stays["admitted"])


def side_by_side(stays: pd.DataFrame, published: Published) -> pd.DataFrame:
    """Shares in % and medians in days of the model and TEDS-D; NaN where TEDS-D's is not known.

    error: standard error of the model's median in days, by that of the mean (sqrt(pi / 2) times it for a normal one).
    """
    rescaled = [100 * share / sum(published.shares) for share in published.shares]
    rows = {"all": (100.0, 100.0, stays["days"].median(), published.median, 1.25 * stays["days"].sem())}
    for index, (name, reasons) in enumerate(REASONS.items()):
        ended = stays["reason"].isin(reasons)
        known = published.medians[index] if published.medians else float("nan")
        days = stays["days"][ended]
        rows[name] = (100 * ended.mean(), rescaled[index], days.median(), known, 1.25 * days.sem())
    columns = ["model %", "TEDS-D %", "model median", "TEDS-D median", "error"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


@pytest.mark.parametrize("level", TEDS_D_2004)
def test_stays_end_as_in_teds_d(discharges: pd.DataFrame, level: str) -> None:
    stays = discharges[discharges["level"] == level]
    table = side_by_side(stays, TEDS_D_2004[level])
    shown = f"\n{level}: {len(stays) / REPLICATIONS:.0f} discharges a year\n{table.round(1).to_string()}\n"
    sys.stdout.write(shown)

    off_share = (table["model %"] - table["TEDS-D %"]).abs()
    assert (off_share <= SHARE_TOLERANCE).all(), shown

    known = table.dropna()
    off_median = ((known["model median"] - known["TEDS-D median"]).abs() - 2 * known["error"]) / known["TEDS-D median"]
    misses = MISSES.get(level, {})
    assert set(known.index[off_median > MEDIAN_TOLERANCE]) == set(misses), shown
    for reason, days in misses.items():
        assert known["model median"][reason] == pytest.approx(days, rel=0.05), shown
    assert len(known) == (5 if TEDS_D_2004[level].medians else 1)
