"""The table of doses in docs/model.md."""

from collections.abc import Sequence

from rich.table import Table

from sim.experiment.replications import Progress
from sim.report.tables import plain_table, with_limits
from sim.report.written_part import marks_of
from sim.scenario import load_scenario
from sim.validation.doses import METRICS, Dose, doses
from sim.validation.estimates import Estimate

MARKS = marks_of("doses")
SHARES = ("completed", "relapse within a year")
UNITS = dict.fromkeys(METRICS, "days") | dict.fromkeys(SHARES, "%") | {"cost to society": "{currency}"}


def shipped_doses(workers: int = 1, progress: Progress | None = None) -> tuple[Dose, ...]:
    """The doses of the shipped base scenario; the same for one version, to rounding."""
    return doses(load_scenario("base"), workers, progress)


def doses_part(doses: Sequence[Dose]) -> str:
    """The part of the page that is written by the command, as Markdown, with the comments around it."""
    heads = _heads()
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(_cells(dose))} |" for dose in doses]
    return "\n\n".join([MARKS.begin, "\n".join(lines), MARKS.end])


def doses_table(doses: Sequence[Dose]) -> Table:
    """The same for the terminal."""
    table = plain_table(*_heads())
    for dose in doses:
        table.add_row(*_cells(dose))
    return table


def _heads() -> list[str]:
    currency = load_scenario("base").currency
    return ["planned, days", *(f"{name}, {UNITS[name].format(currency=currency)}" for name in METRICS)]


def _cells(dose: Dose) -> list[str]:
    return [str(dose.planned), *(_cell(read, 100 if name in SHARES else 1) for name, read in dose.reads.items())]


def _cell(read: Estimate, factor: int) -> str:
    mean, limits = with_limits(factor * read.mean, factor * read.low, factor * read.high)
    return f"{mean} ({limits})"
