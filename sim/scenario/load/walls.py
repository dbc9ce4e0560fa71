"""Plans of care that hardly anybody would finish, since causes of leaving run by the calendar.

A hazard of leaving that was found in stays of three weeks goes on rising, or adding up, in one of three months that it
was never seen in: stays come up against a wall, and a longer plan makes them no longer.
"""

from collections.abc import Iterator

from sim.files.problems import Problem, warning
from sim.scenario.schema import Scenario

FEW = 0.1
"""The share of stays that finish their plan below which there is a wall."""


def wall_warnings(scenario: Scenario) -> Iterator[Problem]:
    """Levels where fewer than that finish their plan because of causes in days; named is the one that ends most."""
    for name, level in scenario.levels.items():
        clocks = level.clocks()
        in_days = [cause for cause, clock in clocks.items() if clock.of == "days"]
        if not in_days:
            continue
        # Only here, so that a command which reads no scenario does not wait for numpy.
        from sim.scenario.load.offered import mean_ratio
        from sim.scenario.load.stays import finished

        def ratio(cause: str, name: str = name) -> float:
            return mean_ratio(scenario, cause, name, {})

        share = finished(level, ratio, clocks)
        if share >= FEW or finished(level, ratio, set(clocks) - set(in_days)) < FEW:
            continue
        most = min(in_days, key=lambda cause: finished(level, ratio, [cause]))
        yield warning(
            f"levels.{name}.{most}",
            f"about {100 * share:.2g} % would finish their plan, of {level.length_of_stay.expected():.3g} days on "
            f"average: {', '.join(in_days)} in days, {most} most of all, end nearly all stays before, so that longer "
            "plans make no longer stays",
            hint=f'If that is not meant, state {most} with of = "plan", its times as shares of the plan',
        )
