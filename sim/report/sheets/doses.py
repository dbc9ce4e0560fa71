"""The table of doses in docs/model.md."""

from collections.abc import Sequence

from sim.experiment.replications import Progress
from sim.report.sheets.sheet import Amount, Sheet, TableCell, figures
from sim.scenario import load_scenario
from sim.validation.doses import METRICS, Dose, doses
from sim.validation.estimates import Estimate

SHARES = ("completed", "relapse within a year")
UNITS = dict.fromkeys(METRICS, "days") | dict.fromkeys(SHARES, "%") | {"cost to society": "{currency}"}


def shipped_doses(workers: int = 1, progress: Progress | None = None) -> tuple[Dose, ...]:
    """The doses of the shipped base scenario; the same for one version, to rounding."""
    return doses(load_scenario("base"), workers, progress)


def doses_sheet(doses: Sequence[Dose]) -> Sheet:
    """What longer planned stays do, a row a plan."""
    currency = load_scenario("base").currency
    heads = [f"{name}, {UNITS[name].format(currency=currency)}" for name in METRICS]
    rows: list[tuple[TableCell, ...]] = [
        (str(dose.planned), *(_amount(read, 100 if name in SHARES else 1) for name, read in dose.reads.items()))
        for dose in doses
    ]
    return Sheet("", figures("planned, days", *heads), rows)


def _amount(read: Estimate, factor: int) -> Amount:
    return Amount(factor * read.mean, factor * read.low, factor * read.high)
