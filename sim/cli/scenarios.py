"""Commands on scenarios that exist: the shipped ones, and how two differ."""

import json
from collections.abc import Sequence
from typing import Any

from sim.cli.inputs import load
from sim.cli.speaking import say_json, show, tell


def list_scenarios(as_json: bool = False) -> None:
    """List the shipped scenarios with the question that each asks."""
    from sim.report.sheets.sheet import Sheet, words
    from sim.scenario import load_scenario, shipped_names
    from sim.scenario.differences import differences

    scenarios = {name: load_scenario(name) for name in shipped_names()}
    rows = []
    for name, scenario in scenarios.items():
        same = next((other for other, s in scenarios.items() if other != name and not differences(s, scenario)), None)
        rows.append({"scenario": name, "name": scenario.name, "question": scenario.question, "same_as": same})
    if as_json:
        say_json(rows)
        return
    alike = [f" (the same inputs as {row['same_as']})" if row["same_as"] else "" for row in rows]
    lines = [(str(row["scenario"]), f"{row['question']}{also}") for row, also in zip(rows, alike, strict=True)]
    show(Sheet("Shipped scenarios", words("scenario", "question"), lines))


def diff(
    first: str,
    second: str = "",
    as_json: bool = False,
) -> None:
    """Show how two scenarios differ: the policy in one line, and every input that is not the same, by its dotted path.

    Of one scenario alone, show how each of the files that it is laid out of changes what lies below it.
    """
    from sim.scenario.differences import differences
    from sim.scenario.policy import policy_line

    if not second:
        _diff_by_layer(first, as_json)
        return
    one, other = load([first, second], None)
    rows, policy = differences(one, other), policy_line(one, other)
    if as_json:
        say_json(_as_values(policy, rows))
        return
    if not rows:
        tell("no input differs")
        return
    tell(f"{second}: {policy}")
    _show_rows((first, second), rows)


def _diff_by_layer(name: str, as_json: bool) -> None:
    from sim.scenario.differences import differences
    from sim.scenario.files import scenario_by_layer
    from sim.scenario.policy import policy_line

    load([name], None)
    (lowest, below), *layers = scenario_by_layer(name)
    pairs = list(zip([below, *(scenario for _, scenario in layers)], layers, strict=False))
    changes = [(file, policy_line(was, now), differences(was, now)) for was, (file, now) in pairs]
    if as_json:
        layers_told = [{"file": file, **_as_values(policy, rows)} for file, policy, rows in changes]
        say_json({"lowest": lowest, "layers": layers_told})
        return
    tell(f"{lowest} lies at the bottom" if layers else f"{lowest} extends no other file")
    for file, policy, rows in changes:
        tell(f"{file}: {policy or 'no input differs'}")
        if rows:
            _show_rows(("before", "after"), rows)


def _as_values(policy: str, rows: Sequence[tuple[str, Any, Any]]) -> dict[str, Any]:
    return {"policy": policy, "differences": [{"path": path, "first": a, "second": b} for path, a, b in rows]}


def _show_rows(heads: tuple[str, str], rows: Sequence[tuple[str, Any, Any]]) -> None:
    from sim.report.sheets.sheet import Sheet, figures, words

    show(Sheet("", [*words("path"), *figures(*heads)], [(path, _written(a), _written(b)) for path, a, b in rows]))


def _written(value: object) -> str:
    return "absent" if value is None else value if isinstance(value, str) else json.dumps(value)
