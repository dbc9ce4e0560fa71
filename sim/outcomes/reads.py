"""What a scenario's hypothesis is read from: every metric that it names must exist."""

from collections.abc import Iterator, Mapping
from functools import partial

from sim.files.formats import metric_hint
from sim.files.problems import Problem, error, hinted
from sim.outcomes.metric import Metric
from sim.outcomes.registry import REGISTRY
from sim.scenario.schema import Read, Scenario


def read_problems(scenario: Scenario) -> list[Problem]:
    """Everything wrong with `reads`; metrics are known here, and not where scenarios are read."""
    if not scenario.reads:
        return []
    known = {member.name: metric for metric in REGISTRY for member in metric.members(scenario)}
    problems_of = (_of(f"reads.{index}", read, scenario, known) for index, read in enumerate(scenario.reads))
    return hinted(problem for problems in problems_of for problem in problems)


def _of(path: str, read: Read, scenario: Scenario, known: Mapping[str, Metric]) -> Iterator[Problem]:
    if read.metric not in known:
        hint = partial(metric_hint, read.metric, known)
        yield error(f"{path}.metric", "there is no such metric of this scenario", read.metric, hint)
    elif read.group and known[read.metric].about != "patients":
        yield error(f"{path}.group", f"{read.metric} is about the programme, and has no groups of patients")
    if read.low is not None and read.high is not None and read.low > read.high:
        yield error(f"{path}.low", f"must not be above high, {read.high:g}", read.low)
    if len(read.group) > 1:
        yield error(f"{path}.group", "must be of one attribute")
    for attribute, value in read.group.items():
        if value not in scenario.population.get(attribute, {}):
            yield error(f"{path}.group.{attribute}", "there is no such attribute with this value", value)
    if read.of != "level" and not scenario.compared_with:
        yield error(f"{path}.of", 'must be "level": the scenario names none that it is compared with', read.of)
