"""What the shipped scenarios come to with inputs as uncertain as their evidence, kept as a table."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.resampling import share_interval
from sim.experiment.psa import PsaResult, psa
from sim.experiment.psa.result import DIFFERENCE_COLUMNS, OF_ENDS, OF_SHARES
from sim.experiment.replications import Progress
from sim.files.whole_files import BadFolder, whole_text
from sim.report.render.markdown import sheet_lines
from sim.report.sheets.uncertainty import differences_sheet, levels_sheet
from sim.report.wording import measures
from sim.report.words import some
from sim.scenario import Scenario
from sim.vocabulary import Column

DRAWS, REPLICATIONS, SEED = 128, 2, 1
NUMBERS = [
    name
    for name in DIFFERENCE_COLUMNS
    if name not in ("metric", "scenario", "against", *OF_ENDS, *OF_SHARES, "inputs_share_error")
]
COLUMNS = [*("scenario", "digest", "against", "digest_against", "draws", "replications", "seed", "metric"), *NUMBERS]
"""Of the table; `against` and what belongs to a difference is empty where a scenario is compared with none."""


def kept_beside(page: Path) -> Path:
    """The file of the table that belongs to a page of readings."""
    return page.with_name(page.stem + "_draws.csv")


def read_drawn(path: Path) -> pd.DataFrame:
    """The table that `write_drawn` wrote; an empty one where there is no file. ValueError if it is something else."""
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=dict.fromkeys(NUMBERS, ""))
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no table of draws ({error}); write it anew with --psa") from error
    if missing := [column for column in COLUMNS if column not in table.columns]:
        raise ValueError(f"{path} is no table of draws: it lacks {', '.join(missing)}; write it anew with --psa")
    return table


def write_drawn(table: pd.DataFrame, path: Path) -> None:
    """A table as of `draw_readings` as CSV, whole or not at all."""
    with whole_text(path) as file:
        table.to_csv(file, index=False, lineterminator="\n", float_format="%.9g")


def draw_readings(
    groups: Sequence[Mapping[str, Scenario]],
    metrics: Sequence[str],
    folder: Path,
    workers: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Simulate groups of scenarios, each against its first, for draws of their inputs.

    metrics: those that are kept, of those that all of a group have. folder: where draws are kept, a folder a group; the
    same call goes on from there; BadFolder if it holds something else. Returns the columns `COLUMNS`, of the scenarios
    that are compared with another, and of a first one that is compared with none. Raises as `psa`.
    """
    strange = {each.name for each in folder.glob("[!.]*")} - {next(iter(of)) for of in groups}
    if strange:
        raise BadFolder(f"{folder} holds something else ({some(sorted(strange))}); name an empty or a new folder")
    tables = []
    for before, scenarios in enumerate(groups):
        first = next(iter(scenarios))
        kept = [metric for metric in metrics if all(measures([each], [metric]) for each in scenarios.values())]
        of_all = further(progress, before * DRAWS, len(groups) * DRAWS)
        how = DRAWS, REPLICATIONS, kept, "sobol", SEED, workers, folder / first
        tables.append(_rows(psa(scenarios, *how, progress=of_all)))  # type: ignore[arg-type]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def further(progress: Progress | None, before: int, most: int) -> Progress | None:
    """Progress of one of several studies, told as that of all of them."""
    return None if progress is None else lambda done, _: progress(before + done, most)


def _rows(result: PsaResult) -> pd.DataFrame:
    """The rows of one group."""
    first, digests = result.scenarios[0], result.about["digests"]
    rows = result.differences()
    if not result.scenario(first).compared_with:
        levels = result.levels()
        rows = pd.concat([levels[levels["scenario"] == first].assign(against=""), rows], ignore_index=True)
    rows["digest"] = rows["scenario"].map(digests)
    rows["digest_against"] = rows["against"].map(digests).fillna("")
    return rows.assign(draws=len(result.draws), replications=REPLICATIONS, seed=SEED)


def with_ends(rows: pd.DataFrame) -> pd.DataFrame:
    """With what holds 95 % for the shares, of as many draws: Wilson's interval, which counts what chance leaves open of
    each draw as known."""
    ends: dict[str, Column] = {}
    for name in ("higher", "better"):
        shares = rows[f"{name}_in"].to_numpy(dtype=float)
        surely = np.zeros((2, len(shares)))
        ends |= zip(
            (f"{name}_low", f"{name}_high"), share_interval(shares, surely, int(rows["draws"].iloc[0])), strict=True
        )
    return rows.assign(**ends)


def drawn_lines(table: pd.DataFrame, name: str, scenario: Scenario, against: Scenario | None) -> Iterator[str]:
    """What the page says of one scenario: a table, or that there is none of the scenario as it is now.

    table: as of `draw_readings`. against: what it is compared with.
    """
    compared = scenario.compared_with if against is not None else ""
    digests = (scenario.digest(), "" if against is None else against.digest())
    of_it = table[(table["scenario"] == name) & (table["against"] == compared)]
    rows = of_it[(of_it["digest"] == digests[0]) & (of_it["digest_against"] == digests[1])]
    if rows.empty:
        yield "**Uncertain inputs.** Not simulated for these inputs yet."
        return
    known = measures([scenario], list(rows["metric"]))
    draws, replications = (int(rows[column].iloc[0]) for column in ("draws", "replications"))
    sheet = (
        levels_sheet(rows, known) if against is None else differences_sheet([compared, name], with_ends(rows), known)
    )
    yield f"**Uncertain inputs.** {draws} draws of every input that has a range, in {replications} replications each:"
    yield ""
    yield from sheet_lines(sheet)
