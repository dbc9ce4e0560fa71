"""How full places that an option has more of would have to be to pay for themselves."""

import math

import numpy as np

from sim.report.brief.arms import Arms
from sim.report.drawn_verdicts import in_draws
from sim.report.wording import place_title
from sim.report.words import listed

BY_NO_DAY = "cannot pay for themselves{}: a day in use brings in no more than it costs."
BY_NO_USE = "would not pay for themselves if all of them were always in use{}."
AS_STATED = "at the inputs as stated"


def break_even(arms: Arms) -> tuple[list[str], list[str]]:
    """Of places that no use pays for, and of those that some would: that is what would change an answer."""
    baseline = arms.study.results[arms.baseline].scenario
    never: dict[str, list[str]] = {}
    some = []
    for label in arms.options:
        scenario = arms.study.results[label].scenario
        whose = f" with {arms.programmes[label].row}" if len(arms.options) > 1 else ""
        for name, place in scenario.places.items():
            before = baseline.places.get(name)
            if scenario.reimbursement is None or (before is not None and before.capacity >= place.capacity):
                continue
            by, _ = arms.told_by([f"occupancy.{name}", f"break_even.{name}.occupancy"])
            needed, title = _needed(by, label, name), f"{place_title(scenario, name)}{whose}"
            used = arms.level(label, f"occupancy.{name}", "%", 100.0).coarse
            if not (needed < math.inf).any():
                never.setdefault(BY_NO_DAY.format(_where(arms, by)), []).append(title)
            elif not (needed <= 1).any():
                never.setdefault(BY_NO_USE.format(_where(arms, by)), []).append(title)
            elif by.psa is None:
                at = f"at {100 * needed.mean():.0f} %{_where(arms, by)}"
                some.append(f"{title}, {used} % in use, would pay for themselves {at}.")
            else:
                pays = in_draws(*by.share_above(_left(by, label, name)))
                some.append(f"{title}, {used} % in use, would pay for themselves {pays} if always in use.")
    return [f"{listed(titles)} {why}" for why, titles in never.items()], some


def _where(arms: Arms, by: Arms) -> str:
    """By what it is told, where other parts are told of draws."""
    return "" if arms.psa is None else ", in all draws" if by.psa is not None else f", {AS_STATED}"


def _needed(arms: Arms, label: str, place: str) -> np.ndarray:
    """The share in use at which they do, of each draw, or one of all replications; infinite where none is enough."""
    values = arms.sample(label, f"break_even.{place}.occupancy")
    if values is None:
        return np.array([math.inf])
    rows = np.atleast_2d(values)
    known = np.isfinite(rows)
    means = np.where(known, rows, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(known.any(axis=1), means, math.inf)


def _left(arms: Arms, label: str, place: str) -> np.ndarray:
    """Of each draw and replication, by how much less than always they would have to be in use; below 0 where not even
    that is enough."""
    values = arms.sample(label, f"break_even.{place}.occupancy")
    return np.array([]) if values is None else np.where(np.isfinite(values), 1.0 - values, -1.0)
