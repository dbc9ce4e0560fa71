"""A suite: which scenarios and metrics a regression check watches, how many replications it takes, what it accepts.

Reading one reports every problem at once, in the style of scenario files: file, path, value, what is allowed, and the
nearest right name.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from sim.experiment.regression.baseline_file import SuiteError, read_baseline
from sim.experiment.run import LARGEST_SEED
from sim.files.complaints import Complaint, complaint
from sim.files.formats import key_hint, metric_hint, without_format
from sim.files.nearest import did_you_mean, name_hint, nearest
from sim.files.paths import is_list, join_path
from sim.files.problems import ABSENT, Problem, error
from sim.files.toml import read_toml
from sim.outcomes import metric_names
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.frozen import Frozen, FrozenTable

FEWEST_FOR_CHANCE = 8
"""Replications without which a statistical comparison is not taken: of fewer, t tests of metrics that are 0 or 1 or not
always defined raise more false alarms than is stated (at an alpha of 1 %, 4 % with 5 replications, under 1 % with 8).
"""

MOST = 200
"""Cases of a suite, and patterns of a case, so that a hostile file cannot keep the reader busy."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
"""Of a case, and so of the file of its baseline: it can lead nowhere else."""

Tier = Literal["exact", "statistical"]


@dataclass(frozen=True)
class Margin:
    """The largest difference of means that counts as none. relative: `amount` is a share of the baseline's mean."""

    amount: float
    relative: bool

    def around(self, mean: float) -> float:
        """In the metric's unit, for a baseline of this mean."""
        return self.amount * abs(mean) if self.relative else self.amount


def parse_margin(value: Any) -> Margin:
    """0.02, in the metric's unit, or "5%" of the baseline's mean. ValueError for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return Margin(float(value), False)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?\s?%", value):
        return Margin(float(value[:-1]) / 100, True)
    raise ValueError('must be a number of 0 or more in the unit of the metric, or a share of its mean such as "5%"')


Pattern = Annotated[str, Field(pattern=r"^[a-z0-9_.*]{1,100}$")]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=MOST)]


class Settings(Frozen):
    """What a suite says for all its cases, and a case may say for itself."""

    metrics: Patterns = ("*",)
    replications: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 10
    seed: Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEED)] = 1
    tier: Tier = "exact"
    tolerance: Annotated[float, Field(strict=True, ge=1e-11, le=1)] = 1e-9
    margins: FrozenTable[Pattern, Annotated[Margin, PlainValidator(parse_margin)]] = Field({}, validate_default=False)


class CaseTable(Settings):
    """A [[case]] of a suite file."""

    scenario: Annotated[str, Field(min_length=1, max_length=4_000)]
    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")] | None = None


class SuiteFile(Settings):
    """A suite file."""

    alpha: Annotated[float, Field(strict=True, gt=0, le=0.2)] = 0.01
    case: Annotated[tuple[CaseTable, ...], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True)
class Case:
    """One scenario to watch. source: as the suite names it. baseline: the file. Otherwise as in the suite file."""

    name: str
    source: str
    scenario: Scenario
    baseline: Path
    metrics: tuple[str, ...]
    replications: int
    seed: int
    tier: Tier
    tolerance: float
    margins: Mapping[str, Margin]

    def wants(self, metric: str) -> bool:
        """Whether the case watches a metric."""
        return any(fnmatchcase(metric, pattern) for pattern in self.metrics)

    def margin(self, metric: str) -> Margin | None:
        """The margin of the first pattern that fits."""
        return next((margin for pattern, margin in self.margins.items() if fnmatchcase(metric, pattern)), None)


@dataclass(frozen=True)
class Suite:
    """A suite that was read. alpha: of any false alarm among all metrics that are judged by chance."""

    path: Path
    alpha: float
    cases: tuple[Case, ...]

    def only(self, names: Sequence[str]) -> "Suite":
        """The suite with these cases alone. ValueError, with the nearest name, if there is no such case."""
        known = [case.name for case in self.cases]
        for name in names:
            if name not in known:
                raise ValueError(f"{self.path.name} has no case {name!r}. {name_hint(name, known)}")
        return replace(self, cases=tuple(case for case in self.cases if case.name in names))


def load_suite(path: str | os.PathLike[str]) -> Suite:
    """Read a suite and every scenario that it names. Raises SuiteError with every problem of them."""
    file = Path(path)
    if file.suffix != ".toml" or not file.exists():
        raise SuiteError([_no_suite(file)])
    try:
        data = without_format(read_toml(file), "suite", file.name)
    except ScenarioError as error:
        raise SuiteError(error.problems) from None
    tables = [table if isinstance(table, dict) else {} for table in _list(data.get("case"))]
    scenarios, problems = _scenarios(tables, file)
    problems += _unknown_metrics(data, tables, scenarios, file)
    try:
        described = SuiteFile.model_validate(data)
    except ValidationError as refused:
        raise SuiteError([*_translated(refused, file.name), *problems]) from None
    names = [table.name or Path(table.scenario).stem for table in described.case]
    settings = [_settled(described, table) for table in described.case]
    for at, table in enumerate(described.case):
        problems += _rules(at, table, settings[at], names, file.name)
    problems += _without_effect(data, [each.tier for each in settings], file.name)
    if problems:
        raise SuiteError(problems)
    cases = [
        Case(name, table.scenario, scenarios[at], file.parent / f"{name}.csv", **dict(settings[at]))
        for at, (name, table) in enumerate(zip(names, described.case, strict=True))
    ]
    return Suite(file, described.alpha, tuple(cases))


def _no_suite(file: Path) -> Problem:
    if file.suffix != ".toml":
        return Problem(str(file), "", ABSENT, "a suite must be a file that ends in .toml")
    others = [path.stem for path in file.parent.glob("*.toml")] if file.parent.is_dir() else []
    hint = did_you_mean(str(file.with_name(f"{name}.toml")) for name in nearest(file.stem, others))
    return Problem(str(file), "", ABSENT, "there is no such suite", hint or "docs/regression.md shows one")


def _settled(suite: SuiteFile, table: CaseTable) -> Settings:
    """What holds for a case: what it says, otherwise what the suite says."""
    settled = {key: getattr(table if key in table.model_fields_set else suite, key) for key in Settings.model_fields}
    return Settings.model_construct(**settled)


def _rules(at: int, table: CaseTable, settings: Settings, names: Sequence[str], source: str) -> list[Problem]:
    """What one case does wrong although every value by itself is right."""
    problems = []
    path, name = f"case.{at}", names[at]
    if not NAME.fullmatch(name):
        hint = f'Say name = "..." in case.{at}: lower-case letters, digits, _ and -'
        problems.append(Problem(source, f"{path}.scenario", table.scenario, "gives no name for a baseline", hint))
    if name in names[:at]:
        key = "name" if table.name else "scenario"
        message = f"is the name of case.{names.index(name)} already"
        problems.append(
            Problem(source, f"{path}.{key}", name, message, "Say another name, which its baseline will have")
        )
    foreign = "margins" if settings.tier == "exact" else "tolerance"
    if foreign in table.model_fields_set:
        problems.append(
            Problem(source, f"{path}.{foreign}", getattr(table, foreign), f"has no effect in the {settings.tier} tier")
        )
    if settings.tier == "statistical" and settings.replications < FEWEST_FOR_CHANCE:
        message = f"must be at least {FEWEST_FOR_CHANCE} in the statistical tier"
        where = f"{path}.replications" if "replications" in table.model_fields_set else "replications"
        problems.append(Problem(source, where, settings.replications, message))
    return problems


def _without_effect(data: Mapping[str, Any], tiers: Sequence[Tier], source: str) -> list[Problem]:
    """What the suite says for all cases although none of them heeds it."""
    heeded_by: dict[str, Tier] = {"tolerance": "exact", "margins": "statistical", "alpha": "statistical"}
    return [
        Problem(source, key, data[key], f"has no effect: no case is of the {tier} tier")
        for key, tier in heeded_by.items()
        if key in data and tier not in tiers
    ]


# --- scenarios and their metrics, looked at even where other things are wrong ---


def _scenarios(tables: Sequence[Mapping[str, Any]], file: Path) -> tuple[dict[int, Scenario], list[Problem]]:
    """Scenarios by the number of their case, and what is wrong with the others."""
    read: dict[str, Scenario | list[Problem]] = {}
    loaded: dict[int, Scenario] = {}
    problems: list[Problem] = []
    for at, table in enumerate(tables):
        text = table.get("scenario")
        if not isinstance(text, str) or not text:
            continue
        again = text in read
        if not again:
            read[text] = _scenario(text, file)
        outcome = read[text]
        if isinstance(outcome, Scenario):
            loaded[at] = outcome
            continue
        # What is wrong with the name itself is said of the suite; what is wrong inside, once, of the scenario's file.
        for p in outcome:
            if not p.path:
                problems.append(Problem(file.name, f"case.{at}.scenario", text, p.message, p.hint))
            elif not again:
                problems.append(p)
    return loaded, problems


def _scenario(text: str, file: Path) -> Scenario | list[Problem]:
    """The scenario that a suite names, or what is wrong with it."""
    # As `load_scenario` tells paths from shipped names, but relative to the suite.
    is_path = text.endswith(".toml") or "/" in text or os.sep in text
    try:
        return load_scenario(file.parent / text if is_path else text)
    except ScenarioError as error:
        return list(error.problems)


def _unknown_metrics(
    data: Mapping[str, Any], tables: Sequence[Mapping[str, Any]], scenarios: Mapping[int, Scenario], file: Path
) -> list[Problem]:
    """Patterns that fit no metric: one of a case none of its own, one of the suite none of any case."""
    known = {at: [*metric_names(scenario), *_blessed(tables[at], file)] for at, scenario in scenarios.items()}
    every = list(dict.fromkeys(name for names in known.values() for name in names))
    if not known:
        return []
    places = [("", data, every)] + [(f"case.{at}.", tables[at], names) for at, names in known.items()]
    problems: list[Problem] = []
    for prefix, table, names in places:
        patterns = [(f"{prefix}metrics.{at}", text) for at, text in enumerate(_list(table.get("metrics")))]
        margins = table.get("margins")
        patterns += [
            (f"{prefix}margins", text) for text in list(margins if isinstance(margins, Mapping) else ())[:MOST]
        ]
        for path, pattern in patterns:
            if isinstance(pattern, str) and len(pattern) <= 100 and not _fits(pattern, names):
                hint = partial(metric_hint, pattern, names)
                problems.append(replace(error(path, "fits no metric", pattern, hint), source=file.name))
    inherited = [text for text in _list(data.get("metrics", ["*"])) if isinstance(text, str)]
    for at, names in known.items():
        problems += _unwatched(at, tables[at], inherited, names, file.name)
        if "metrics" not in tables[at] and inherited and not any(_fits(pattern, names) for pattern in inherited):
            problems.append(Problem(file.name, f"case.{at}", ABSENT, "has none of the metrics that the suite watches"))
    return problems


def _unwatched(
    at: int, table: Mapping[str, Any], inherited: Sequence[str], names: Sequence[str], source: str
) -> list[Problem]:
    """Margins of a case for metrics that it has, and does not watch."""
    patterns = [text for text in _list(table["metrics"]) if isinstance(text, str)] if "metrics" in table else inherited
    watched = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    margins = table.get("margins")
    return [
        Problem(source, f"case.{at}.margins", pattern, "fits no metric that the case watches")
        for pattern in list(margins if isinstance(margins, Mapping) else ())[:MOST]
        if watched and len(pattern) <= 100 and _fits(pattern, names) and not _fits(pattern, watched)
    ]


def _blessed(table: Mapping[str, Any], file: Path) -> list[str]:
    """Metrics in the baseline of a case: one that is gone is for the check to find, not a mistake of the suite."""
    name = table.get("name", Path(table["scenario"]).stem)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return []
    try:
        return list(read_baseline(file.parent / f"{name}.csv").table["metric"])
    except SuiteError:
        return []


def _fits(pattern: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


def _list(value: Any) -> Sequence[Any]:
    return value[:MOST] if is_list(value) else []


# --- pydantic's findings in the words of a suite file ---


def _translated(refused: ValidationError, source: str) -> list[Problem]:
    problems: list[Problem] = []
    for detail in refused.errors(include_url=False):
        if detail["type"] == "too_short" and detail["input"]:
            continue  # It has entries, and each that is wrong is told by itself.
        path = join_path(tuple(str(part) for part in detail["loc"] if part != "[key]"))
        problems.append(replace(error(path, *_explained(detail)), source=source))
    return problems


def _explained(detail: ErrorDetails) -> Complaint:
    """One error, with what is known of suites."""
    kind, place, explained = detail["type"], detail["loc"], complaint(detail)
    if kind == "extra_forbidden":
        keys = CaseTable.model_fields if place[0] == "case" else SuiteFile.model_fields
        given_up = key_hint(tuple(map(str, place)), "suite")
        return explained._replace(hint=given_up or partial(name_hint, str(place[-1]), list(keys)))
    if kind == "missing" and place == ("case",):
        return explained._replace(hint="Every suite needs a [[case]]")
    if kind == "string_pattern_mismatch":
        rule = "pattern of metrics: use the names of stepdown metrics, * for anything"
        name = "name: use lower-case letters, digits, _ and -, at most 60"
        return explained._replace(message=f"is not a {name if place[-1] == 'name' else rule}")
    if kind == "tuple_type" and place == ("case",):
        return explained._replace(
            message="must be one or more tables", hint="Begin each with [[case]], in two brackets"
        )
    if kind == "tuple_type":
        return explained._replace(message='must be an array such as ["wait.*", "cost.total"]')
    return explained
