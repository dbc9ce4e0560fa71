"""How a scenario shows itself in a notebook."""

from html import escape

from sim.scenario.schema import Level, Scenario


def scenario_html(scenario: Scenario) -> str:
    """A table of what the scenario is about and which levels it has."""
    rows = [("question", scenario.question), ("hypothesis", scenario.hypothesis)]
    for name, level in scenario.levels.items():
        rows.append((f"level {name}", f"{level.title or name}: {_places(level, scenario) or 'room for all'}"))
    time = scenario.time
    followed = f"{time.recruitment_days:g} days after {time.warm_up_days:g}, each followed {time.follow_up_days:g}"
    rows.append(("measured", followed))
    body = "".join(f"<tr><th>{escape(head)}</th><td>{escape(text)}</td></tr>" for head, text in rows if text)
    return f"<table><caption>{escape(scenario.name)}</caption>{body}</table>"


def _places(level: Level, scenario: Scenario) -> str:
    """How many places of which kinds a level uses."""

    def numbers(names: tuple[str, ...]) -> list[str]:
        return [f"{scenario.places[name].capacity} {scenario.places[name].title or name}" for name in names]

    return ", ".join(filter(None, [*numbers(level.places), " or ".join(numbers(level.any_place_of))]))
