"""What commands take: groups of options that several share, and scenarios read from their names and settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.cli.speaking import plainly, say

if TYPE_CHECKING:
    from sim.model.engines import EngineChoice
    from sim.scenario import Problem, Scenario
    from sim.scenario.change import DatedChange, Lists


@dataclass(frozen=True)
class Taking:
    """How scenarios that take over from a baseline are simulated; a group of options, see `options.worded`."""

    settings: list[str] | None = None
    seed: int = 1
    workers: int = 1
    change_on: str | None = None
    lists: str = "carry_over"
    engine: str = "auto"

    def begins(self, arms: "Mapping[str, Scenario]") -> "tuple[float | Literal['start'] | None, Lists]":
        """From which day on, and what becomes of lists then. ValueError where it cannot be."""
        return day_of(self.change_on, self.lists, arms)


@dataclass(frozen=True)
class Valuing:
    """By what cost is set against effect; a group of options, see `options.worded`."""

    effect: str = "qaly"
    perspective: str = "society"
    threshold: float | None = None


def load(names: list[str], settings: list[str] | None) -> "list[Scenario]":
    """The scenarios with every setting applied; the problems of all of them at once. Warnings are said."""
    from sim.scenario import ScenarioError, load_scenario, parse_setting

    loaded: list[Scenario] = []
    problems: list[Problem] = []
    changes: dict[str, Any] = {}
    for setting in settings or []:
        try:
            changes.update([parse_setting(setting)])
        except ScenarioError as error:
            problems.extend(error.problems)
    for name in names:
        try:
            scenario = load_scenario(name)
            loaded.append(scenario.with_overrides(changes) if changes else scenario)
        except ScenarioError as error:
            problems.extend(
                replace(p, source=f"{name} with --set") if p.source == "override" else p for p in error.problems
            )
    if problems:
        raise ScenarioError(problems)
    for warning in warnings_of(names, loaded, settings):
        say(warning)
    return loaded


def warnings_of(names: list[str], scenarios: "list[Scenario]", settings: list[str] | None) -> list[str]:
    """The warnings of scenarios, each after the scenario's name; what a hypothesis cannot be read from among them.

    settings: if there are any, also which of their values left the range of the evidence in the scenario of the name.
    """
    from sim.outcomes import read_problems
    from sim.scenario import load_scenario, scenario_warnings

    return [
        f"{name}: {warning}"
        for name, scenario in zip(names, scenarios, strict=True)
        for warning in (
            *scenario_warnings(scenario, since=load_scenario(name) if settings else None),
            *(replace(problem, severity="warning") for problem in read_problems(scenario)),
        )
    ]


def labelled(names: list[str], scenarios: "list[Scenario]") -> "dict[str, Scenario]":
    """Scenarios by the stem of their file; the second and later of one stem get a number."""
    from sim.files.destinations import readable

    labels: dict[str, Scenario] = {}
    for name, scenario in zip(names, scenarios, strict=True):
        stem = label = readable(Path(name).stem)
        number = 2
        while label in labels:
            label, number = f"{stem} ({number})", number + 1
        labels[label] = scenario
    return labels


def called(names: list[str], scenarios: "list[Scenario]") -> "dict[str, Scenario]":
    """Scenarios by what people call them."""
    from sim.report.wording import names_of

    arms = labelled(names, scenarios)
    titles = names_of(arms)
    return {titles[label]: scenario for label, scenario in arms.items()}


def answers(*asked: Callable[[], Any]) -> list[Any]:
    """What each of these returns; if some refuse, all that they say is said at once (ValueError)."""
    results, problems = [], []
    for ask in asked:
        try:
            results.append(ask())
        except (ValueError, OSError) as problem:
            problems.append(plainly(problem))
    if problems:
        raise ValueError("\n".join(dict.fromkeys(problems)))
    return results


def who_works(workers: int, cluster: str | None) -> int | str:
    """So many processes here, or the cluster at an address. ValueError for both, and for what is no address."""
    from sim.experiment.workforce import is_address

    if cluster is None:
        return workers
    if workers != 1:
        raise ValueError("--workers is about processes of this machine, --cluster about others: state one of the two")
    if not is_address(cluster):
        raise ValueError(f"--cluster must be the address of a dask scheduler, as tcp://head:8786, not {cluster!r:.80}")
    return cluster


def engine_named(text: str) -> "EngineChoice":
    """What --engine asks for. ValueError where it cannot be."""
    from sim.model.engines import check_engine

    check_engine(text)
    return text  # type: ignore[return-value]


def day_of(
    text: str | None, lists: str, arms: "Mapping[str, Scenario]"
) -> "tuple[float | Literal['start'] | None, Lists]":
    """What --change-on and --lists ask of these scenarios. ValueError where it cannot be."""
    from sim.experiment.changes import START, changes_of

    try:
        day = text if text is None or text == START else float(text)
    except ValueError:
        raise ValueError(f"--change-on must be a day, or {START}, not {text!r:.80}") from None
    changes_of(arms, day, lists)  # type: ignore[arg-type]
    return day, lists  # type: ignore[return-value]


def change_of(
    arms: "Mapping[str, Scenario]", begins: "tuple[float | Literal['start'] | None, Lists]"
) -> "DatedChange | None":
    """From which day on scenarios are themselves: the change to one of them."""
    from sim.experiment.changes import changes_of

    return next(filter(None, changes_of(arms, *begins).values()), None)


def check_figure(path: Path | None) -> None:
    """Refuse early a file for a figure that could not be written at the end."""
    from sim.files.destinations import check_file

    if path is None:
        return
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise ValueError(f"{path}: a figure must end in .png, .svg or .pdf")
    check_file(path)


def text_of(page: Path) -> str:
    """The text of a page as it is. Raises OSError or ValueError."""
    from sim.files.regular_files import read_regular

    return read_regular(page, most=10_000_000).decode("utf-8")


def check_page(path: Path, must_exist: bool) -> None:
    """Refuse early, before anything is simulated, a page that could not be written or compared with at the end."""
    from sim.files.destinations import check_file

    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the page in it")
    if must_exist and not path.exists():
        raise ValueError(f"there is no page {path} to compare with; without --check it is written")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent} for the page; name another page")
    if not must_exist:
        check_file(path)
