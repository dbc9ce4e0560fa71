"""When an option takes over: which time is measured, and what is carried over."""

from sim.report.brief.arms import Arms
from sim.report.wording import measured_time
from sim.report.words import sentence


def clock(arms: Arms) -> str:
    """In sentences; of a single programme which time is measured."""
    scenario, change = arms.scenarios[arms.baseline], arms.study.change
    start, _ = scenario.window
    measured = measured_time(scenario)
    if not arms.options or change is None:
        same = " Each programme runs as itself from the first day, so nothing changes over." if arms.options else ""
        return f"{sentence(measured)}: from day {start:g} of the simulation on, after the warm-up.{same}"
    who = "The option takes" if len(arms.options) == 1 else "Each option takes"
    when = f"at once on day {change.day:g} of the simulation"
    if change.day == start:
        when = f"{when}, from which on {measured} is counted"
    elif change.day < start:
        when = f"{when}, and {measured} is counted from {start - change.day:g} days later on"
    else:
        when = f"{when}, {change.day - start:g} days into {measured}"
    waits = "who waits waits on" if change.lists == "carry_over" else "who waits outside care is placed anew"
    return f"{who} over from today {when}: who is in care then stays, and {waits}."
