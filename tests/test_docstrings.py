"""Examples in docstrings of the public names do what they say."""

import doctest
import inspect
from typing import Any

import pytest

import sim

LONG = {"calibrate", "rest"}
"""What takes too long for an example to be run."""

SHOWN_BY = {"compare": "Study"}
"""What is told in full elsewhere: functions whose example stands with what they return."""

FUNCTIONS = [name for name in sim.__all__ if inspect.isfunction(getattr(sim, name))]


def failures(name: str, known: dict[str, Any]) -> str:
    """What an example of a name, or of its methods, shows otherwise; what they define is in `known` afterwards."""
    runner, told = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS), []
    for test in doctest.DocTestFinder(exclude_empty=True).find(getattr(sim, name), f"sim.{name}", globs=known):
        test.globs = known
        runner.run(test, out=told.append, clear_globs=False)
    return "".join(told)


@pytest.fixture(scope="module")
def ward() -> dict[str, Any]:
    """What the first example defines, which the others go on from."""
    known: dict[str, Any] = {"sim": sim}
    assert failures("load_scenario", known) == ""
    return known


@pytest.mark.parametrize("name", sim.__all__)
def test_examples_do_what_they_say(name: str, ward: dict[str, Any]) -> None:
    assert failures(name, dict(ward)) == ""


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - LONG))
def test_functions_have_an_example(name: str) -> None:
    assert f"sim.{name}(" in (getattr(sim, SHOWN_BY.get(name, name)).__doc__ or "")
