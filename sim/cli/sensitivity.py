"""Commands that tell which input decides: each by itself, where the decision flips, and shares of the variance."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.inputs import (
    Against,
    AsJson,
    DayOfChange,
    Figure,
    RuleOfLists,
    Seed,
    Setting,
    Store,
    Which,
    WhoseCosts,
    Workers,
    answers,
    check_figure,
    day_of,
    engine_named,
    labelled,
    load,
)
from sim.cli.speaking import keeping, progress_bar, say_json, say_on_terminal, show, writing
from sim.cli.uncertainty import Threshold, groups_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from matplotlib.figure import Figure as Drawn

    from sim.experiment.sensitivity import Criterion, How, Sobol, Tornado
    from sim.experiment.sensitivity.evaluation import Varied
    from sim.report.sheets.sheet import Sheet
    from sim.scenario import Scenario

OneOrTwo = Annotated[
    list[str], typer.Argument(metavar="BASE [ALT]", help="The baseline, and what it is compared with; or one scenario.")
]
BaseAndAlternative = Annotated[list[str], typer.Argument(metavar="BASE ALT", help="The baseline, and the alternative.")]
ByOutcome = Annotated[
    str | None,
    typer.Option(metavar="METRIC", help="Outcome to judge by. [default: net benefit]", show_default=False),
]
Chosen = Annotated[
    list[str] | None,
    typer.Option(metavar="PATH", help="Only these inputs; * stands for anything. Default: all with a ranged card."),
]
Futures = Annotated[int, typer.Option("--replications", help="Simulated futures, the same at every setting.")]
Top = Annotated[int, typer.Option(help="Show so many inputs, those that matter most.", min=1)]
Csv = Annotated[Path | None, typer.Option(help="File for all numbers, as CSV.", show_default=False, dir_okay=False)]


def tornado(
    scenarios: OneOrTwo,
    inputs: Chosen = None,
    outcome: ByOutcome = None,
    effect: Against = "qaly",
    perspective: WhoseCosts = "society",
    threshold: Threshold = None,
    replications: Futures = 10,
    top: Top = 15,
    settings: Setting = None,
    seed: Seed = 1,
    workers: Workers = 1,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    store: Store = None,
    figure: Figure = None,
    out: Csv = None,
    as_json: AsJson = False,
) -> None:
    """Each input at the low and the high end of its evidence card, by itself: which moves the answer most.

    Costs, prices and utilities are read again from the same futures, without simulating more.
    """
    from sim.experiment.sensitivity import tornado as vary

    asked, made = (outcome, threshold, effect, perspective), (seed, workers, change_on, lists, engine, store)
    with _ready(scenarios, settings, asked, made, figure, out, True) as ready:
        result = vary(ready[0], tuple(inputs or "*"), ready[1], replications, ready[2])

    def parts(named: "Tornado") -> "Iterator[Sheet | str]":
        from sim.report.sheets.sensitivity import tornado_parts

        yield from tornado_parts(named, top)

    def drawn(named: "Tornado") -> "Drawn":
        from sim.report.pictures.sensitivity import tornado_figure

        return tornado_figure(named, top)

    about = {"difference": dict(zip(("mean", "ci_low", "ci_high"), result.difference, strict=True))}
    _answered(result, {**about, "left_out": result.left_out}, ("bars", result.bars), parts, drawn, figure, out, as_json)


def threshold(
    scenarios: BaseAndAlternative,
    inputs: Annotated[
        list[str], typer.Option("--input", metavar="PATH", help="The input; stated twice, a map of both is made.")
    ],
    low: Annotated[
        list[float] | None,
        typer.Option(
            "--from", help="Lowest value, for each input. [default: of its evidence card]", show_default=False
        ),
    ] = None,
    high: Annotated[
        list[float] | None,
        typer.Option("--to", help="Highest value, for each input. [default: of its evidence card]", show_default=False),
    ] = None,
    steps: Annotated[int, typer.Option(help="Values of each of two inputs, from 3 on.")] = 9,
    outcome: ByOutcome = None,
    effect: Against = "qaly",
    perspective: WhoseCosts = "society",
    threshold: Threshold = None,
    replications: Futures = 20,
    settings: Setting = None,
    seed: Seed = 1,
    workers: Workers = 1,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    store: Store = None,
    figure: Figure = None,
    out: Csv = None,
    as_json: AsJson = False,
) -> None:
    """The value of an input at which the decision flips, with an interval; of two inputs the line on which it does."""
    from sim.experiment.sensitivity import threshold as search
    from sim.experiment.sensitivity import threshold_map
    from sim.report.sheets import sensitivity as sheets

    between = _between(inputs, low, high)
    asked, made = (outcome, threshold, effect, perspective), (seed, workers, change_on, lists, engine, store)
    with _ready(scenarios, settings, asked, made, figure, out, False) as ready:
        if len(inputs) == 2:
            two = (inputs[0], inputs[1]), (between[0], between[1])
            mapped = threshold_map(ready[0], *two, ready[1], steps, replications, ready[2])
        else:
            flip = search(ready[0], inputs[0], between[0], ready[1], replications, ready[2])

    def drawn(named: Any) -> "Drawn":
        from sim.report.pictures import sensitivity as pictures

        return pictures.map_figure(named) if len(inputs) == 2 else pictures.threshold_figure(named)

    if len(inputs) == 2:
        about: dict[str, Any] = {"inputs": mapped.inputs, "stated": mapped.stated}
        _answered(mapped, about, ("grid", mapped.grid), sheets.map_parts, drawn, figure, out, as_json)
        return
    about = {"input": flip.input, "from": flip.low, "to": flip.high, "stated": flip.stated}
    about |= {"crossings": [each._asdict() for each in flip.crossings], "open_at": flip.open_at}
    _answered(flip, about, ("curve", flip.curve), sheets.threshold_parts, drawn, figure, out, as_json)


def sobol(
    scenarios: OneOrTwo,
    draws: Annotated[
        int, typer.Option(help="Draws of all inputs, a power of two; each takes a setting an input.")
    ] = 64,
    replications: Annotated[int, typer.Option(help="Simulated futures of each setting, at least 2.")] = 4,
    inputs: Chosen = None,
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PATH,PATH", help="Inputs that count as one; * in a path stands for anything."),
    ] = None,
    outcome: ByOutcome = None,
    effect: Against = "qaly",
    perspective: WhoseCosts = "society",
    threshold: Threshold = None,
    top: Top = 15,
    settings: Setting = None,
    seed: Seed = 1,
    workers: Workers = 1,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    store: Store = None,
    figure: Figure = None,
    out: Csv = None,
    as_json: AsJson = False,
) -> None:
    """What share of the variance that uncertain inputs cause each has, alone and with others, without chance."""
    from sim.experiment.sensitivity import sobol as analyse
    from sim.experiment.sensitivity.inputs import uncertain_inputs

    asked, made = (outcome, threshold, effect, perspective), (seed, workers, change_on, lists, engine, store)
    with _ready(scenarios, settings, asked, made, figure, out, True) as ready:
        patterns = tuple(inputs or "*")
        known = uncertain_inputs(ready[0], patterns)[1]
        groups = groups_of(group or [], known)
        result = analyse(ready[0], draws, replications, patterns, groups, ready[1], ready[2])

    def parts(named: "Sobol") -> "Iterator[Sheet | str]":
        from sim.report.sheets.sensitivity import sobol_parts

        yield from sobol_parts(named, top)

    def drawn(named: "Sobol") -> "Drawn":
        from sim.report.pictures.sensitivity import sobol_figure

        return sobol_figure(named, top)

    indices = result.indices
    about: dict[str, Any] = {
        "draws": indices.draws,
        "mean": result.mean,
        "variance": indices.variance,
        "noise": indices.noise,
    }
    about |= {"variance_error": indices.variance_error, "left_out": result.left_out, "joined": result.joined}
    about["groups"] = {name: list(of) for name, of in result.groups.items()}
    _answered(result, about, ("indices", indices.table), parts, drawn, figure, out, as_json)


@contextmanager
def _ready(
    names: list[str],
    settings: list[str] | None,
    asked: tuple[str | None, float | None, str, str],
    made: tuple[int, int, str | None, str, str, Path | None],
    figure: Path | None,
    out: Path | None,
    alone: bool,
) -> "Iterator[tuple[Mapping[str, Scenario], Criterion, How]]":
    """Scenarios, what they are judged by, and how they are simulated; all that is wrong with these at once.

    asked: outcome, threshold, effect, perspective. made: seed, workers, day of change, lists, engine, store. alone:
    whether one scenario will do.
    """
    from sim.experiment.sensitivity import How, criterion_of
    from sim.files.destinations import check_file
    from sim.outcomes import check_perspective

    if not (alone and len(names) == 1) and len(names) != 2:
        raise typer.BadParameter(f"needs a baseline and one alternative{', or one scenario' if alone else ''}")
    outcome, worth, effect, perspective = asked
    if outcome is not None and worth is not None:
        raise typer.BadParameter("--threshold is of net benefit, and --outcome judges by an outcome alone: state one")
    arms = labelled(names, load(names, settings))
    seed, workers, change_on, lists, engine, store = made
    begins, by_name, criterion, *_ = answers(
        lambda: day_of(change_on, lists, arms),
        lambda: engine_named(engine),
        lambda: criterion_of(arms, outcome, worth, effect, check_perspective(perspective)),
        lambda: check_figure(figure),
        lambda: check_file(out) if out else None,
    )
    keeping(store, option="--store DIR")
    with progress_bar("courses") as progress:
        yield arms, criterion, How(seed, workers, begins[0], begins[1], by_name, store, progress, say_on_terminal)
    keeping(None)


def _answered(
    result: "Varied",
    about: dict[str, Any],
    table: "tuple[str, pd.DataFrame]",
    parts: "Callable[[Any], Iterable[Sheet | str]]",
    drawn: "Callable[[Any], Drawn]",
    figure: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show what was learnt, with scenarios by their names, or all of it as JSON; then write picture and table."""
    from sim.report.sheets.sensitivity import with_names_of

    named = with_names_of(result)
    if as_json:
        from sim.report.render.json_answers import of_varied

        say_json(of_varied(result, about, *table))
    else:
        for part in parts(named):
            show(part)
    if figure is not None:
        from sim.report.pictures.figure_file import write_figure

        with writing(figure):
            write_figure(drawn(named), figure)
    if out is not None:
        from sim.files.whole_files import whole_text

        with writing(out), whole_text(out) as file:
            table[1].to_csv(file, index=False, lineterminator="\n")


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
