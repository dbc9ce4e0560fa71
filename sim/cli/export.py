"""Commands that hand a stored study on: as an event log for process mining, and as a page to watch."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from sim.cli.speaking import say, writing

if TYPE_CHECKING:
    from sim.experiment.result import Study

SUFFIXES = {"csv": ".csv", "xes": ".xes", "ocel": ".ocel.json"}

MANY_EVENTS = 500_000
"""More than these take a minute or so to write."""


def log(
    folder: Path,
    kind: Literal["csv", "xes", "ocel"],
    out: Path | None = None,
    scenario: str | None = None,
    replication: int | None = None,
    setbacks: bool = False,
    lapses: bool = False,
) -> None:
    """Write the records of a stored study as an event log that process-mining tools read."""
    if lapses:
        raise typer.BadParameter("--lapses is called --setbacks now")
    path = _target(out, folder, f"_log{SUFFIXES[kind]}")
    from sim.report.exports.event_log import study_log
    from sim.report.exports.event_log_files import write_csv, write_xes
    from sim.report.exports.event_log_ocel import write_ocel

    study = _with_records(folder)
    events = study_log(study, scenario, replication, setbacks)
    if len(events) > MANY_EVENTS and replication is None:
        say(f"{len(events):,} events take a while; --replication 0 writes those of one future")
    with writing(path):
        if kind == "csv":
            write_csv(events, path)
        elif kind == "xes":
            write_xes(events, path, folder.absolute().name)
        else:
            write_ocel(events, path, {label: result.as_run for label, result in study.results.items()})
    say(f"{len(events):,} events of {events['case'].nunique():,} cases")


def animate(
    folder: Path,
    out: Path | None = None,
    replication: int = 0,
    days: int | None = None,
) -> None:
    """Write a page that plays how people move between waiting lists, places and home, scenarios side by side."""
    path = _target(out, folder, "_animation.html")
    from sim.report.exports.animation import animation, write_animation

    data = animation(_with_records(folder), replication, days)
    with writing(path):
        write_animation(data, path)
    shortened = "; the rest of the window would make it larger than 2 MB (--days)" if data["shortened"] else ""
    say(f"{data['days']} days{shortened}")


def _target(out: Path | None, folder: Path, suffix: str) -> Path:
    """Where to write; refused early where it could not be done at the end."""
    from sim.files.destinations import check_file

    path = out if out is not None else Path(f"{folder.absolute().name}{suffix}")
    check_file(path)
    return path


def _with_records(folder: Path) -> "Study":
    """The stored study. Raises ValueError when it cannot be read, or was stored without records."""
    from sim.experiment.stored_study import load_study

    study = load_study(folder)
    if any(result.tables is None for result in study.results.values()):
        raise ValueError(
            f"{folder} holds no records of patients; run the study again with --keep-records --out {folder}"
        )
    return study
