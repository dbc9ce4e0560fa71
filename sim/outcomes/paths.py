"""The way of each member of the cohort through the levels of care, in words that people can read and count."""

import numpy as np
import pandas as pd

from sim.outcomes.observed import Observed
from sim.vocabulary import ARROW, IN_CARE, NEVER_ADMITTED, REASONS


def paths(observed: Observed) -> pd.Series:
    """Each member's levels within follow-up, in order, with how each stay ended; indexed by patient number.

    "residential (completed) > iop (dropped_out)"; a stay that lasts to the end of follow-up is "(in care)". Stays in an
    interim service are stays.
    """
    stays, followed = observed.records.stays, observed.followed_stays
    words = np.array([f"{level} ({how})" for level in observed.scenario.levels for how in (*REASONS, IN_CARE)])
    still_there = followed.ended >= observed.follow_up
    how = np.where(still_there, len(REASONS), stays["reason"][followed.rows])
    of_stay = words[stays["level"][followed.rows] * (len(REASONS) + 1) + how]
    patient = stays["patient"][followed.rows]
    joined = pd.Series(of_stay, dtype=object).groupby(patient).agg(ARROW.join)
    members = pd.Index(np.flatnonzero(observed.cohort), name="patient")
    return joined.reindex(members).fillna(NEVER_ADMITTED).astype(object).rename("path")
