"""What of the model a scenario uses, in words, so that a checklist claims no mechanism that is not there."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from jinja2.environment import TemplateExpression

from sim.files.toml import read_toml
from sim.report.wording import TITLED, title_of
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.schema import Death
from sim.scenario.ways import classes_accepted
from sim.vocabulary import BY_STATE, CATEGORY, TRANSFERS


def anywhere(scenarios: Mapping[str, Scenario], about: str) -> list[str]:
    """What of this any of the scenarios has, each once; with the labels of those that have it, where some have not."""
    labels_of: dict[str, list[str]] = {}
    for label, scenario in scenarios.items():
        for part in mechanisms(about, scenario):
            labels_of.setdefault(part, []).append(shortened(label, 60))
    return [
        part if len(labels) == len(scenarios) else f"{part} (only in {listed(labels)})"
        for part, labels in labels_of.items()
    ]


MECHANISMS = read_toml(Path(__file__).with_name("mechanisms.toml"))


def mechanisms(about: str, scenario: Scenario) -> list[str]:
    """What of this a scenario has: a table of mechanisms.toml."""
    parts = {name: list(getattr(scenario, name).values()) for name in TITLED}
    first_days = [first for level in parts["levels"] for first in level.first_days]
    known: dict[str, object] = {**dict(scenario), **parts, "death": scenario.death or Death(), "first_days": first_days}
    known["in_states"] = lambda costs: bool(costs.well or costs.setback or costs.unwell or costs.response)
    words: dict[str, str] = {category: each.phrase for category, each in CATEGORY.items()}
    words |= scenario.condition.words
    words["hand_over"] = listed(list(dict.fromkeys(level.hand_over for level in parts["levels"] if level.next)))
    if about == "activities":
        endings = mechanisms("endings", scenario)
        known, words = known | {"ends": len(endings)}, words | {"endings": ", ".join(endings)}
    return [name.format_map(words) for name, there in MECHANISMS[about].items() if _expression(there)(known)]


@cache
def _expression(text: str) -> TemplateExpression:
    return Environment(undefined=StrictUndefined).compile_expression(text, undefined_to_none=False)


def population(scenario: Scenario) -> str:
    """The attributes of patients and their shares."""
    texts = [
        f"{name} ({', '.join(f'{value} {100 * share:g} %' for value, share in values.items())})"
        for name, values in scenario.population.items()
    ]
    return "; ".join(texts) or "no attributes: all patients have the same parameters"


def entities(scenario: Scenario) -> str:
    """Patients, with what tells them apart."""
    hidden = f"; and a hidden frailty of log sd {scenario.frailty.sd:g}" if scenario.frailty.sd else ""
    return f"patients ({scenario.condition.title.lower()}), with {population(scenario)}{hidden}"


def queues(scenario: Scenario) -> str:
    """The discipline of waiting lists."""
    held = {name: level for name, level in scenario.levels.items() if level.has_list}
    if not held:
        return "none: every level has room for everyone"
    ranks = [title_of(scenario, name) for name, level in held.items() if level.priority]
    leaves = [title_of(scenario, name) for name, level in held.items() if level.patience]
    order = f", within priority classes in {listed(ranks)}" if ranks else " in every level"
    patience = f"people give up waiting (reneging) for {listed(leaves)}" if leaves else "nobody gives up waiting"
    capped = [title_of(scenario, name) for name, level in held.items() if level.list_cap is not None]
    limit = f"whoever finds the list of {listed(capped)} full is turned away" if capped else "no limit to a list"
    several = [title_of(scenario, name) for name, level in held.items() if len(classes_accepted(scenario, level)) > 1]
    lists = f", in {listed(several)} one for each class of patients whom the same places accept" if several else ""
    served = "first come, first served of those who can have a place" if several else "first come, first served"
    return f"one waiting list a level{lists}, {served}{order}; {patience}; no balking, {limit}"


def components(scenario: Scenario) -> str:
    """What cost to society is made of, and what is left out of it, in sentences."""
    transfers = [CATEGORY[category].phrase for category in TRANSFERS]
    priced = mechanisms("prices", scenario)
    counted = [part for part in priced if part not in transfers]
    unpriced = [CATEGORY[category].phrase for category in BY_STATE if CATEGORY[category].phrase not in priced]
    left_out = [part for part in unpriced if part not in transfers]
    sentences = [f"Cost to society is made of {listed(counted)}." if counted else "Nothing has a price."]
    if left_out:
        sentences.append(f"Not stated, and so not in it: {listed(left_out)}.")
    kept_out = [part for part in transfers if part in priced]
    kept_out += ["what payers pay by their rates"] if scenario.reimbursement else []
    if kept_out:
        sentences.append(f"Kept out of it, being no cost but money that changes hands: {listed(kept_out)}.")
    return " ".join(sentences)
