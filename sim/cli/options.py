"""Words of the options of commands: what each is called and what is said of it stands in the table options.toml."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.files.toml import read_toml

WORDS = read_toml(Path(__file__).with_name("options.toml"))


def worded(command: Callable[..., None]) -> Callable[..., None]:
    """A command as typer takes it: parameters with their words; those that are groups of options (dataclasses) are
    options of its own, one a field.

    Raises KeyError for a parameter of which the table says nothing.
    """
    stated = signature(command).parameters
    groups: dict[str, Any] = {name: each.annotation for name, each in stated.items() if is_dataclass(each.annotation)}
    parameters = [
        _worded(parameter, command.__name__)
        for name, each in stated.items()
        for parameter in (signature(groups[name]).parameters.values() if name in groups else [each])
    ]

    @wraps(command)
    def called_with(**values: Any) -> None:
        made = {
            name: group(**{each.name: values.pop(each.name) for each in fields(group)})
            for name, group in groups.items()
        }
        command(**values, **made)

    called_with.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    called_with.__annotations__ = {each.name: each.annotation for each in parameters}
    return called_with


def _worded(parameter: Parameter, command: str) -> Parameter:
    if parameter.annotation is typer.Context:
        return parameter.replace(kind=Parameter.KEYWORD_ONLY)
    of_it = WORDS.get(command, {}).get(parameter.name) or WORDS["every"][parameter.name]
    how: dict[str, Any] = {"help": of_it} if isinstance(of_it, str) else dict(of_it)
    is_argument = how.pop("argument", parameter.default is Parameter.empty and "name" not in how)
    name = how.pop("name", f"--{parameter.name.replace('_', '-')}")
    info = typer.Argument(**how) if is_argument else typer.Option(name, **how)
    return parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=Annotated[parameter.annotation, info])
