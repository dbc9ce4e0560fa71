"""The command that writes a first scenario file: from options, or from answers to a few questions."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import typer

from sim.cli.speaking import say
from sim.files.toml import read_toml


def new(
    context: typer.Context,
    file: Path,
    name: str | None = None,
    question: str | None = None,
    calls_per_month: float | None = None,
    known_share: float | None = None,
    beds: int | None = None,
    stay_days: float | None = None,
    seats: int | None = None,
    linked: float | None = None,
    residential: float | None = None,
) -> None:
    """Write a commented scenario file to start from; without options, on a terminal, it asks a few questions."""
    from sim.files.whole_files import whole_text
    from sim.scenario.files import scenario_of_text
    from sim.scenario.starting import Programme, starting_scenario

    check_new(file)
    stated = _sound_options({field: context.params[field] for field in QUESTIONS})
    if not stated and sys.stdin.isatty() and sys.stderr.isatty():
        stated = _asked(asdict(Programme()))
    text = starting_scenario(Programme(**stated), file.name)
    scenario_of_text(text, file.name)
    with whole_text(file) as written:
        written.write(text)
    say(f"wrote {file}; next: stepdown rest {file}, stepdown run {file}")


QUESTIONS: Mapping[str, Sequence[Any]] = read_toml(Path(__file__).with_name("questions.toml"))
"""By the field of `Programme`: what is asked, and of a number the least and the most, of options too."""


def check_new(file: Path) -> None:
    """Raises ValueError, or OSError, where no new scenario file can be."""
    from sim.files.destinations import check_file

    if file.suffix != ".toml":
        raise ValueError(f"{file}: a scenario file must end in .toml")
    if file.exists():
        raise ValueError(f"{file} exists already; name another file")
    check_file(file)


def _sound_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, by the field of `Programme`. Raises ValueError with all that is wrong with them."""
    stated = {field: value for field, value in options.items() if value is not None}
    problems = {field: _problem(field, value) for field, value in stated.items()}
    wrong = [f"--{field.replace('_', '-')} {stated[field]}: {what}" for field, what in problems.items() if what]
    if stated.get("seats") == 0 and "linked" in stated:
        wrong.append("--linked needs seats in IOP; leave it out, or state --seats")
    if wrong:
        raise ValueError("; ".join(wrong))
    return stated


def _problem(field: str, value: Any) -> str:
    """What is wrong with an answer; "" if nothing is."""
    _, *ends = QUESTIONS[field]
    return "" if not ends or ends[0] <= value <= ends[1] else f"must be from {ends[0]:g} to {ends[1]:,g}"


def _asked(defaults: dict[str, Any]) -> dict[str, Any]:
    """Answers to every question; Enter takes the default, and what cannot be is asked again."""
    say("A few questions; Enter takes the answer in brackets, Ctrl-C writes nothing.")
    answers: dict[str, Any] = {}
    for field, (question, *_) in QUESTIONS.items():
        if field == "linked" and not answers["seats"]:
            continue
        value_of = partial(_answer, field, type(defaults[field]))
        how: dict[str, Any] = {"value_proc": value_of, "prompt_suffix": " ", "err": True}
        answers[field] = typer.prompt(question, default=defaults[field], **how)
    return answers


def _answer(field: str, kind: type, text: str) -> Any:
    """What was typed, as a value. Raises BadParameter, on which the question is asked again."""
    try:
        value = kind(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a {'whole number' if kind is int else 'number'}") from None
    if problem := _problem(field, value):
        raise typer.BadParameter(f"{text} {problem}")
    return value
