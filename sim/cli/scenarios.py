"""Commands on scenarios that exist: the shipped ones, and how two differ."""

import json
from typing import Annotated

import typer

from sim.cli.inputs import AsJson, load
from sim.cli.speaking import say_json, show, tell


def list_scenarios(as_json: AsJson = False) -> None:
    """List the shipped scenarios with the question that each asks."""
    from rich.markup import escape

    from sim.report.tables import plain_table
    from sim.scenario import load_scenario, shipped_names
    from sim.scenario.differences import differences

    scenarios = {name: load_scenario(name) for name in shipped_names()}
    same = {
        name: next((other for other, s in scenarios.items() if other != name and not differences(s, scenario)), None)
        for name, scenario in scenarios.items()
    }
    if as_json:
        rows = [
            {"scenario": name, "name": s.name, "question": s.question, "same_as": same[name]}
            for name, s in scenarios.items()
        ]
        say_json(rows)
        return
    table = plain_table("scenario", "question", title="Shipped scenarios")
    for name, scenario in scenarios.items():
        alike = f" (the same inputs as {same[name]})" if same[name] else ""
        table.add_row(escape(name), escape(f"{scenario.question}{alike}"))
    show(table)


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A scenario file, or the name of a shipped scenario.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    as_json: AsJson = False,
) -> None:
    """Show how two scenarios differ: every input that is not the same, by its dotted path."""
    from rich.markup import escape

    from sim.report.tables import plain_table
    from sim.scenario.differences import differences

    one, other = load([first, second], None)
    rows = differences(one, other)
    if as_json:
        say_json([{"path": path, "first": a, "second": b} for path, a, b in rows])
        return
    if not rows:
        tell("no input differs")
        return
    table = plain_table("path", first, second)
    for path, a, b in rows:
        table.add_row(*map(escape, (path, _written(a), _written(b))))
    show(table)


def _written(value: object) -> str:
    return "absent" if value is None else value if isinstance(value, str) else json.dumps(value)
