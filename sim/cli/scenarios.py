"""Commands on scenario files: the shipped ones, how two differ, and a first one of your own."""

import json
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.inputs import AsJson, load
from sim.cli.speaking import say, show


def list_scenarios(as_json: AsJson = False) -> None:
    """List the shipped scenarios with the question that each asks."""
    from sim.report.tables import plain_table
    from sim.scenario import load_scenario, shipped_names

    scenarios = {name: load_scenario(name) for name in shipped_names()}
    if as_json:
        rows = [{"scenario": name, "name": s.name, "question": s.question} for name, s in scenarios.items()]
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = plain_table("scenario", "", title="Shipped scenarios")
    for name, scenario in scenarios.items():
        table.add_row(name, scenario.question)
    show(table)


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A scenario file, or the name of a shipped scenario.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    as_json: AsJson = False,
) -> None:
    """Show how two scenarios differ: every input that is not the same, by its dotted path."""
    from sim.report.tables import plain_table
    from sim.scenario.differences import differences

    here, there = load([first, second], None)
    rows = differences(here, there)
    if as_json:
        typer.echo(json.dumps([{"path": path, first: a, second: b} for path, a, b in rows], indent=1))
        return
    if not rows:
        typer.echo("no input differs")
        return
    table = plain_table("path", first, second)
    for path, a, b in rows:
        table.add_row(path, _written(a), _written(b))
    show(table)


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The file to write; it must not exist yet.")],
    title: Annotated[str, typer.Option("--name", help="What the programme is called.")] = "Our programme",
    question: Annotated[str, typer.Option(help="What you want to know.")] = "How does our programme run today?",
    per_day: Annotated[float, typer.Option(help="People who ask for care for the first time, a day.")] = 1.0,
    beds: Annotated[int, typer.Option(help="Residential beds.")] = 30,
    seats: Annotated[int, typer.Option(help="Seats in intensive outpatient groups.")] = 24,
) -> None:
    """Write a commented scenario file to start from."""
    from sim.report.text_file import whole_text
    from sim.scenario.files import scenario_of_text
    from sim.scenario.starting import starting_scenario

    if file.suffix != ".toml":
        raise ValueError(f"{file}: a scenario file must end in .toml")
    if file.exists():
        raise ValueError(f"{file} exists already; name another file")
    text = starting_scenario(title, question, file.name, per_day, beds, seats)
    scenario_of_text(text, file.name)
    with whole_text(file) as written:
        written.write(text)
    say(f"wrote {file}; next: stepdown validate {file}, stepdown run {file}")


def _written(value: object) -> str:
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value)
