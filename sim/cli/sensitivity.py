"""Commands that tell which input decides: each by itself, where the decision flips, and shares of the variance."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli import inputs as options
from sim.cli.outputs import save_figure, save_text
from sim.cli.speaking import keeping, progress_bar, say_json, say_on_terminal, show
from sim.cli.uncertainty import groups_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from matplotlib.figure import Figure

    from sim.experiment.sensitivity import Criterion, How
    from sim.experiment.sensitivity.evaluation import Varied
    from sim.report.sheets.sheet import Sheet
    from sim.scenario import Scenario


@dataclass(frozen=True)
class Varying(options.Valuing, options.Taking):
    """What an analysis is judged by, how it is simulated, and what is written; a group of options."""

    outcome: str | None = None
    store: Path | None = None
    figure: Path | None = None
    out: Path | None = None
    as_json: bool = False


def tornado(
    scenarios: list[str], inputs: list[str] | None = None, replications: int = 10, top: int = 15, *, how: Varying
) -> None:
    """Each input at the low and the high end of its evidence card, by itself: which moves the answer most.

    Costs, prices and utilities are read again from the same futures, without simulating more.
    """
    from sim.experiment.sensitivity import tornado as vary
    from sim.report.sheets.sensitivity import tornado_parts

    with _ready(scenarios, how, alone=True) as ready:
        result = vary(ready[0], tuple(inputs or "*"), ready[1], replications, ready[2])
    difference = dict(zip(("mean", "ci_low", "ci_high"), result.difference, strict=True))
    about = {"difference": difference, "left_out": result.left_out}
    _answered(
        how,
        result,
        about,
        ("bars", result.bars),
        lambda named: tornado_parts(named, top),
        lambda pictures, named: pictures.tornado_figure(named, top),
    )


def threshold(
    scenarios: list[str],
    inputs: list[str],
    low: list[float] | None = None,
    high: list[float] | None = None,
    steps: int = 9,
    replications: int = 20,
    *,
    how: Varying,
) -> None:
    """The value of an input at which the decision flips, with an interval; of two inputs the line on which it does."""
    from sim.experiment.sensitivity import threshold as search
    from sim.experiment.sensitivity import threshold_map
    from sim.report.sheets import sensitivity as sheets

    between = _between(inputs, low, high)
    with _ready(scenarios, how, alone=False) as ready:
        if len(inputs) == 2:
            two = (inputs[0], inputs[1]), (between[0], between[1])
            mapped = threshold_map(ready[0], *two, ready[1], steps, replications, ready[2])
        else:
            flip = search(ready[0], inputs[0], between[0], ready[1], replications, ready[2])
    if len(inputs) == 2:
        about: dict[str, Any] = {"inputs": mapped.inputs, "stated": mapped.stated}
        table = "grid", mapped.grid
        _answered(how, mapped, about, table, sheets.map_parts, lambda pictures, named: pictures.map_figure(named))
        return
    about = {"input": flip.input, "from": flip.low, "to": flip.high, "stated": flip.stated}
    about |= {"crossings": [each._asdict() for each in flip.crossings], "open_at": flip.open_at}
    table = "curve", flip.curve
    _answered(how, flip, about, table, sheets.threshold_parts, lambda pictures, named: pictures.threshold_figure(named))


def sobol(
    scenarios: list[str],
    draws: int = 64,
    replications: int = 4,
    inputs: list[str] | None = None,
    group: list[str] | None = None,
    top: int = 15,
    *,
    how: Varying,
) -> None:
    """What share of the variance that uncertain inputs cause each has, alone and with others, without chance."""
    from sim.experiment.sensitivity import sobol as analyse
    from sim.experiment.sensitivity.inputs import uncertain_inputs
    from sim.report.sheets.sensitivity import sobol_parts

    patterns = tuple(inputs or "*")
    with _ready(scenarios, how, alone=True) as ready:
        groups = groups_of(group or [], uncertain_inputs(ready[0], patterns)[1])
        result = analyse(ready[0], draws, replications, patterns, groups, ready[1], ready[2])
    indices = result.indices
    about: dict[str, Any] = {"draws": indices.draws, "mean": result.mean}
    about |= {name: getattr(indices, name) for name in ("variance", "noise", "variance_error")}
    about |= {"left_out": result.left_out, "joined": result.joined}
    about["groups"] = {name: list(of) for name, of in result.groups.items()}
    _answered(
        how,
        result,
        about,
        ("indices", indices.table),
        lambda named: sobol_parts(named, top),
        lambda pictures, named: pictures.sobol_figure(named, top),
    )


@contextmanager
def _ready(names: list[str], how: Varying, alone: bool) -> "Iterator[tuple[Mapping[str, Scenario], Criterion, How]]":
    """Scenarios, what they are judged by, and how they are simulated; all that is wrong with these at once.

    alone: whether one scenario will do.
    """
    from sim.experiment.sensitivity import How, criterion_of
    from sim.files.destinations import check_file
    from sim.outcomes import check_perspective

    if not (alone and len(names) == 1) and len(names) != 2:
        raise typer.BadParameter(f"needs a baseline and one alternative{', or one scenario' if alone else ''}")
    if how.outcome is not None and how.threshold is not None:
        raise typer.BadParameter("--threshold is of net benefit, and --outcome judges by an outcome alone: state one")
    arms = options.labelled(names, options.load(names, how.settings))
    begins, engine, criterion, *_ = options.answers(
        lambda: how.begins(arms),
        lambda: options.engine_named(how.engine),
        lambda: criterion_of(arms, how.outcome, how.threshold, how.effect, check_perspective(how.perspective)),
        lambda: options.check_figure(how.figure),
        lambda: check_file(how.out) if how.out else None,
    )
    keeping(how.store, option="--store DIR")
    with progress_bar("courses") as progress:
        yield (
            arms,
            criterion,
            How(how.seed, how.workers, begins[0], begins[1], engine, how.store, progress, say_on_terminal),
        )


def _answered(
    how: Varying,
    result: "Varied",
    about: dict[str, Any],
    table: "tuple[str, pd.DataFrame]",
    parts: "Callable[[Any], Iterable[Sheet | str]]",
    drawn: "Callable[[Any, Any], Figure]",
) -> None:
    """Show what was learnt, with scenarios by their names, or all of it as JSON; then write picture and table.

    drawn: by the module of pictures, which is not loaded unless one is wanted.
    """
    from sim.report.sheets.sensitivity import with_names_of

    named = with_names_of(result)
    if how.as_json:
        from sim.report.render.json_answers import of_varied

        say_json(of_varied(result, about, *table))
    else:
        show(*parts(named))
    if how.figure is not None:
        from sim.report.pictures import sensitivity as pictures

        save_figure(drawn(pictures, named), how.figure)
    if how.out is not None:
        save_text(table[1].to_csv(index=False, lineterminator="\n"), how.out)


def _between(
    inputs: list[str], low: list[float] | None, high: list[float] | None
) -> "list[tuple[float | None, float | None]]":
    """From where to where each input goes. BadParameter for more than two, and for other than one end for each."""
    if len(inputs) > 2:
        raise typer.BadParameter("state --input once, or twice for a map of two inputs")
    for name, stated in (("--from", low), ("--to", high)):
        if stated and len(stated) != len(inputs):
            raise typer.BadParameter(f"state {name} once for each --input, in their order, or not at all")
    none = [None] * len(inputs)
    return list(zip(low or none, high or none, strict=True))
