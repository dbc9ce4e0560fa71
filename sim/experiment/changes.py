"""From which day on each scenario of a comparison is itself; until then it runs as the first, the baseline."""

import math
from collections.abc import Mapping
from typing import Literal, get_args

from sim.scenario import Scenario
from sim.scenario.change import DatedChange, Lists, check_changes

START: Literal["start"] = "start"
"""Instead of a day: every scenario runs as itself from day 0, warm-up and all."""

ChangeOn = float | Literal["start"] | None
"""A day since day 0; None: the first day of the window of measurement, which is the end of the warm-up."""


def changes_of(
    scenarios: Mapping[str, Scenario], change_on: ChangeOn = None, lists: Lists = "carry_over"
) -> dict[str, DatedChange | None]:
    """By label, the change that a scenario is reached by; None for one that runs as itself from day 0.

    The first does, and from day 0 on there is nothing to change from. Raises ValueError, with every reason, where a
    scenario cannot take over from the first, and for a day outside the run.
    """
    first, *others = scenarios
    baseline = scenarios[first]
    if lists not in get_args(Lists):
        raise ValueError(f"lists must be one of {', '.join(get_args(Lists))}, not {lists!r:.80}")
    day = 0.0 if change_on == START else baseline.window[0] if change_on is None else change_on
    if isinstance(day, bool) or not isinstance(day, int | float) or not math.isfinite(day):
        allowed = f"a day, {START!r}, or None for the end of the warm-up"
        raise ValueError(f"change_on must be {allowed}, not {change_on!r:.80}")
    check_changes(scenarios, day)
    begins = {
        label: DatedChange(baseline, scenarios[label], float(day), lists) if day > 0 else None for label in others
    }
    return {first: None, **begins}


def may_change(scenarios: Mapping[str, Scenario]) -> bool:
    """Whether every scenario can take over from the first at the end of the warm-up."""
    try:
        changes_of(scenarios)
    except ValueError:
        return False
    return True


def arms_of(
    baseline: Scenario, alternative: Scenario, labels: tuple[str, str], change_on: ChangeOn, lists: Lists
) -> tuple[Scenario, Scenario | DatedChange]:
    """What is simulated of a pair: the baseline, and the alternative or the change to it."""
    first, second = labels if labels[0] != labels[1] else ("baseline", "alternative")
    change = changes_of({first: baseline, second: alternative}, change_on, lists)[second]
    return baseline, change or alternative
