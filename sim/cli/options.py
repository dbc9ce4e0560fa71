"""Words of the options of commands: what each is called and what is said of it stands in the table options.toml."""

from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, get_origin

import typer

from sim.files.toml import read_toml

WORDS = read_toml(Path(__file__).with_name("options.toml"))


def worded(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the words of its parameters, as typer reads them; those that have some already keep them.

    Raises KeyError for a parameter of which the table says nothing.
    """
    stated = signature(command)
    options = [_worded(each, command.__name__) for each in stated.parameters.values()]
    command.__signature__ = stated.replace(parameters=options)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in options}
    return command


def _worded(parameter: Parameter, command: str) -> Parameter:
    if get_origin(parameter.annotation) is Annotated or parameter.annotation is typer.Context:
        return parameter
    of_it = WORDS.get(command, {}).get(parameter.name) or WORDS["every"][parameter.name]
    how: dict[str, Any] = {"help": of_it} if isinstance(of_it, str) else dict(of_it)
    is_argument = how.pop("argument", parameter.default is Parameter.empty and "name" not in how)
    name = how.pop("name", f"--{parameter.name.replace('_', '-')}")
    info = typer.Argument(**how) if is_argument else typer.Option(name, **how)
    return parameter.replace(annotation=Annotated[parameter.annotation, info])
