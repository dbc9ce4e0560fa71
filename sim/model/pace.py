"""What ends a run in which somebody goes round in circles, faster than anybody lives."""

from sim.files.problems import ABSENT, Problem, ScenarioError

LOOK_EVERY = 100
"""Turns of one patient from one look at their pace to the next."""
MOMENT = 0.01
"""Days that so many turns take at the least: a quarter of an hour."""
AT_ONCE, PER_DAY = 1_000, 100
"""Turns that a patient may take in all, and so many more a day; who is to do more stands for no person."""


class EndlessCircle(ScenarioError):
    """A patient goes round in no time, or nearly: the run would never end, or fill the memory.

    patient, day and loop say who, when and through what; replication, in which future of the scenario of this name.
    """

    def __init__(self, scenario: str, replication: int, patient: int, day: float, loop: str) -> None:
        message = (
            f"patient {patient} of replication {replication} goes round in circles on day {day:.6g}, in no time or "
            f"nearly: {loop}"
        )
        hint = "Give one of these steps more time, or make it less likely; ratios of effects shorten times as well"
        super().__init__([Problem(scenario, "", ABSENT, message, hint)])
        self.replication, self.patient, self.day, self.loop = replication, patient, day, loop
        # SimPy and pickle make an error anew from its arguments.
        self.args = (scenario, replication, patient, day, loop)


def too_fast(turns: int, days: float, latest_days: float) -> bool:
    """Whether nobody lives that fast: so many turns in so many days, the latest LOOK_EVERY of them in `latest_days`."""
    return latest_days < MOMENT or turns > AT_ONCE + PER_DAY * days
