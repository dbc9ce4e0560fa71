"""Days waited from the first contact to the first day of care, as DAYWAIT of TEDS-A counts them, in three programmes.

No one programme waits as a country does: most people are admitted on the day, some wait for an appointment, a few for
weeks on a list. So what is held against TEDS-A is a weighted sum of three: the shipped programme, one that gives
appointments, and a small one with lists, as `arms` build them.
"""

from collections.abc import Mapping

import numpy as np

from sim.outcomes import Observed, metrics_of
from sim.validation.measurements import Measurements
from sim.vocabulary import ADMITTED, Column

BANDS: Mapping[str, tuple[float, float]] = {
    "0": (0, 0),
    "1 to 7": (1, 7),
    "8 to 14": (8, 14),
    "15 to 30": (15, 30),
    "31 and more": (31, np.inf),
}
"""Days: the first and the last of each, as TEDS-A publishes them."""

ALL = "all levels"

PROGRAMMES = ("as shipped", "appointments", "lists")
"""In the order of the scenarios of the arm."""

WEIGHTS = (0.48, 0.35, 0.17)
"""Of the three: fitted to the bands by level (by the fit of this name), not known of any country."""


def bands_of(observed: Observed) -> dict[str, Column]:
    """Of those admitted in the window, to each level and to all, the shares that had waited so long, by band.

    From the call on, over all steps and the list, by dates: whoever is admitted on the day of the call has waited 0
    days, since the codebook counts days and the forms that it is of hold dates. All admissions count, those from
    another level as well, as transfers do in TEDS-A; the lag of the link is theirs, and comes before.
    """
    waits = observed.records.waits
    admitted = (waits["outcome"] == ADMITTED) & observed.in_window(waits["ended"])
    days = np.floor(waits["ended"]) - np.floor(waits["called"])
    chosen = {name: admitted & (waits["level"] == code) for code, name in enumerate(observed.scenario.levels)}
    return {name: _shares(days[rows]) for name, rows in {ALL: admitted, **chosen}.items()}


def _shares(days: Column) -> Column:
    """NaN where nobody was admitted."""
    inside = [np.count_nonzero((days >= low) & (days <= high)) for low, high in BANDS.values()]
    return np.array(inside) / (len(days) or np.nan)


def read_waits(*programmes: Observed) -> Measurements:
    """The weighted bands of the programmes, by level, and how full the beds of the first are."""
    by_programme = [bands_of(observed) for observed in programmes]
    measured: Measurements = {"beds in use": metrics_of(programmes[0])["occupancy.residential_beds"]}
    for level in by_programme[0]:
        weighted = sum(weight * bands[level] for weight, bands in zip(WEIGHTS, by_programme, strict=True))
        measured |= {f"{level} {band}": float(share) for band, share in zip(BANDS, np.asarray(weighted), strict=True)}
    return measured
