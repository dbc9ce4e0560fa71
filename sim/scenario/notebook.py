"""How a scenario shows itself in a notebook."""

from html import escape

from sim.scenario.schema import Scenario


def scenario_html(scenario: Scenario) -> str:
    """A table of what the scenario is about and which levels it has."""
    rows = [("question", scenario.question), ("hypothesis", scenario.hypothesis)]
    for name, level in scenario.levels.items():
        places = [f"{scenario.places[key].capacity} {scenario.places[key].title or key}" for key in level.places]
        rows.append((f"level {name}", f"{level.title or name}: {', '.join(places) or 'room for all'}"))
    time = scenario.time
    followed = f"{time.recruitment_days:g} days after {time.warm_up_days:g}, each followed {time.follow_up_days:g}"
    rows.append(("measured", followed))
    body = "".join(f"<tr><th>{escape(head)}</th><td>{escape(text)}</td></tr>" for head, text in rows if text)
    return f"<table><caption>{escape(scenario.name)}</caption>{body}</table>"
