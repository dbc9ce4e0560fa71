"""Worth of a study of some inputs: by its size, before it is paid, and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sim.experiment.psa import PsaResult
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, figures
from sim.report.sheets.uncertainty import PERSON, Population, Worth, amount_of, error_text
from sim.report.wording import inputs_words
from sim.report.words import listed


@dataclass(frozen=True)
class Trial:
    """A study of some inputs. spreads: of one observation of each. fixed, each: what it costs, and each observation."""

    spreads: Mapping[str, float]
    sizes: Sequence[int]
    fixed: float = 0.0
    each: float = 0.0

    def cost(self, size: float) -> float:
        """What a study of this size costs."""
        return self.fixed + self.each * size


def study_table(result: PsaResult, worth: Worth, trial: Trial, population: Population | None) -> pd.DataFrame:
    """size, value, standard_error, cost, and for whom the decision concerns: worth, net (of the cost)."""
    table = result.evsi(trial.spreads, trial.sizes, *worth.how).assign(cost=[trial.cost(n) for n in trial.sizes])
    scale = population.of(1.0) if population is not None else 1.0
    return table.assign(worth=scale * table["value"], net=scale * table["value"] - table["cost"])


def study_sheet(
    result: PsaResult, worth: Worth, trial: Trial, table: pd.DataFrame, population: Population | None
) -> Sheet:
    """What a study of each size would be worth, and what is left of that when it is paid.

    table: of `study_table`. What is paid is set against everybody whom the decision concerns: of a value of one person
    it is told only where they are stated.
    """
    currency, of_whom = result.scenario(result.scenarios[0]).currency, PERSON[result.view(worth.effect)]
    paid = bool(table["cost"].any()) and _for_all(result, worth, population)
    rows: list[list[TableCell]] = []
    for row in records_of(table):
        cells: list[TableCell] = [
            f"{row['size']:,}",
            amount_of(row["value"], row["standard_error"])._replace(bare=True),
        ]
        cells.append(error_text(row["standard_error"]))
        if population is not None:
            cells.append(Amount(float(f"{row['worth']:.3g}"), figures=3))
        if paid:
            cells += [Amount(row["cost"]), Amount(float(f"{row['net']:.3g}"), figures=3)]
        rows.append(cells)
    columns = figures("observations", f"{currency} {of_whom}", "standard error")
    columns += figures(*(["for everybody"] if population is not None else []), *(["it costs", "net"] if paid else []))
    called = inputs_words(trial.spreads, [result.scenario(label) for label in result.scenarios])
    spreads = listed(
        [f"{called[path]} (an observation ± {number(sd, figures=3)})" for path, sd in trial.spreads.items()]
    )
    title = f"What a study would be worth, {worth.words(result)}, of {spreads}"
    if paid:
        most = int(table["net"].argmax())
        pays = table["net"].iloc[most] > 0
        title += f"; it pays most with {table['size'].iloc[most]:,}" if pays else "; of none of these sizes does it pay"
    return Sheet(title, columns, rows)


def _for_all(result: PsaResult, worth: Worth, population: Population | None) -> bool:
    return population is not None or result.view(worth.effect) == "system"
