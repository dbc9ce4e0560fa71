"""What is said of options stands in one table, and nothing else does."""

from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
import typer
from typer.models import ArgumentInfo, OptionInfo

from sim.cli import inputs
from sim.cli.main import app
from sim.cli.options import WORDS, worded
from sim.cli.store import store

EVERY: list[Any] = [each.callback for each in (*app.registered_commands, *store.registered_commands)]


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.__name__)
def test_every_parameter_is_told(command: Any) -> None:
    for parameter in signature(command).parameters.values():
        if parameter.annotation is not typer.Context:
            assert get_origin(parameter.annotation) is Annotated
            info = get_args(parameter.annotation)[1]
            assert isinstance(info, OptionInfo | ArgumentInfo)
            assert info.help or info.hidden


def test_the_table_tells_of_nothing_else() -> None:
    parameters = {command.__name__: set(signature(command).parameters) for command in EVERY}
    for command, told in WORDS.items():
        known = set().union(*parameters.values()) if command == "every" else parameters[command]
        assert set(told) <= known, command


def test_what_a_parameter_is_called_and_whether_it_is_an_argument() -> None:
    def stress(source: str, out: Path | None = None, settings: list[str] | None = None) -> None: ...

    source, out, settings = (get_args(each.annotation)[1] for each in signature(worded(stress)).parameters.values())
    assert isinstance(source, ArgumentInfo)
    assert (source.metavar, out.default, settings.default) == ("SCENARIO|OUT_DIR", "--out", "--set")


def test_a_parameter_without_words_is_refused() -> None:
    def stress(nonsense: str) -> None: ...

    with pytest.raises(KeyError, match="nonsense"):
        worded(stress)


def test_a_group_of_options_is_one_parameter_of_a_command_and_its_fields_are_options() -> None:
    taken: list[Any] = []

    def select(metric: str, most: int = 3, *, how: inputs.Taking, value: inputs.Valuing) -> None:
        """What it does."""
        taken.append((metric, most, how, value))

    every = {field.name: field.default for group in (inputs.Taking, inputs.Valuing) for field in fields(group)}
    command = worded(select)
    options = signature(command).parameters
    assert list(options) == ["metric", "most", *every]
    assert {name: options[name].default for name in every} == every
    assert (command.__name__, command.__doc__) == ("select", "What it does.")
    command(metric="admitted", most=5, **{**every, "seed": 7, "threshold": 9.0})
    assert taken == [("admitted", 5, inputs.Taking(seed=7), inputs.Valuing(threshold=9.0))]
