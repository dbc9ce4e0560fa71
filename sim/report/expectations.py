"""Whether the outcomes that a hypothesis is about came out as it expects."""

import numpy as np

from sim.analysis import fieller_interval, mean_interval
from sim.analysis.targets import CANNOT_TELL, OUTSIDE, WITHIN, verdict_on
from sim.experiment.result import Result
from sim.outcomes import metric_table
from sim.report.sheets.numbers import range_text, with_limits
from sim.scenario.schema import Read
from sim.vocabulary import Column

FIGURES = 3


def expectations(result: Result, baseline: Result | None) -> list[str]:
    """A line for each of the scenario's `reads`: the number, its 95 % interval, what was expected, and whether it held.

    baseline: what changes are from; replications are paired by number. What is no metric of the scenario, such as of a
    longer follow-up, is left out (see `sim.outcomes.read_problems`).
    """
    units = dict(metric_table(result.scenario)[["metric", "unit"]].to_numpy())
    return [_line(read, units[read.metric], result, baseline) for read in result.scenario.reads if read.metric in units]


def verdict_of(low: float, high: float, read: Read) -> str:
    """Held if the whole interval lies in the range, did not hold if none of it does; "" without a range."""
    least = -np.inf if read.low is None else read.low
    most = np.inf if read.high is None else read.high
    if read.low is None and read.high is None:
        return ""
    return {WITHIN: "held", OUTSIDE: "did not hold", CANNOT_TELL: "cannot be told"}[verdict_on(low, high, least, most)]


def _line(read: Read, unit: str, result: Result, baseline: Result | None) -> str:
    mean, low, high = _estimate(read, result, baseline)
    factor = 100 if read.of == "relative" or unit == "share" else 1
    words = "%" if read.of == "relative" else unit
    if unit == "share":
        words = "%" if read.of != "change" else "points"
    sign = read.of != "level"

    whose = "".join(f" of {attribute} = {value}" for attribute, value in read.group.items())
    value, limits = with_limits(mean * factor, low * factor, high * factor, sign)
    text = f"`{read.metric}`{whose}: {value or 'undefined'} {words}".rstrip() + (f" ({limits})" if limits else "")
    if not (verdict := verdict_of(low, high, read)):
        return f"{text}; no size was expected"
    least, most = (-np.inf if read.low is None else read.low), (np.inf if read.high is None else read.high)
    return f"{text}; expected {range_text(least * factor, most * factor, sign, FIGURES)}: **{verdict}**"


def _estimate(read: Read, result: Result, baseline: Result | None) -> tuple[float, float, float]:
    """Mean and 95 % interval of a level, a change, or a relative change (Fieller's), where both are defined."""
    values = _values(read, result)
    if read.of == "level":
        mean, _, low, high = mean_interval(values)
        return mean, low, high
    if baseline is None:
        raise ValueError(f"{read.metric} is read as a change, but there is no scenario to compare with")
    of_baseline = _values(read, baseline)
    both = ~(np.isnan(values) | np.isnan(of_baseline))
    values, of_baseline = values[both], of_baseline[both]
    if read.of == "relative":
        ratio = fieller_interval(values - of_baseline, of_baseline)
        return ratio.ratio, ratio.low, ratio.high
    mean, _, low, high = mean_interval(values - of_baseline)
    return mean, low, high


def _values(read: Read, result: Result) -> Column:
    """The metric of each replication, of all or of a group."""
    frame, keys = result.metrics, {"metric": read.metric}
    for attribute, value in read.group.items():
        frame, keys = result.groups, {**keys, "by": attribute, "group": value}
    for column, value in keys.items():
        frame = frame[frame[column] == value]
    values: Column = frame.sort_values("replication")["value"].to_numpy(dtype=float)
    return values
