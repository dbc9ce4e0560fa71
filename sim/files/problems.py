"""What is wrong with a scenario: one `Problem` a finding, and one error that carries them all."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any, Literal

Severity = Literal["error", "warning"]

LONGEST_VALUE, LONGEST_PATH, LONGEST_MESSAGE = 60, 200, 1_000
"""What is longer, because a name or a text of the file is, is cut short in the line of a problem."""

MOST_HINTS = 10
"""Only the first so many problems get a hint that has to be looked for, so that no file keeps the reader busy."""

Hint = str | Callable[[], str]
"""What to try, or what finds it where that takes work."""


class Absent(Enum):
    """The value of a problem that concerns no single value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True)
class Problem:
    """One finding: in which source, at which dotted path, which value, what is wrong and what to try.

    source: a file's name, "override" or "dict"; empty for a finding about a scenario at hand. look: finds the hint
    where that takes work; see `hinted`.
    """

    source: str
    path: str
    value: Any
    message: str
    hint: str = ""
    severity: Severity = "error"
    look: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        place = f"{_shortened(self.path, LONGEST_PATH)}{_shown(self.value)}"
        parts = [self.source, "warning" if self.severity == "warning" else "", place, self.message]
        line = ": ".join(part for part in parts if part)
        whole = f"{line}. {self.hint}" if self.hint else line
        # A name in it may hold a line feed, which would make two problems of one.
        return _shortened(" ".join(whole.splitlines()), LONGEST_MESSAGE)


class ScenarioError(ValueError):
    """A scenario, or another file of TOML, is not sound. `problems` holds all found; the text has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(hinted(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def hinted(problems: Iterable[Problem]) -> list[Problem]:
    """The problems with the hints that have to be looked for: of the first `MOST_HINTS`; the next one says so."""
    answered: list[Problem] = []
    looked = 0
    for problem in problems:
        if problem.look is not None:
            looked += 1
            past = "" if looked > MOST_HINTS + 1 else f"Only the {MOST_HINTS} names before this one have hints"
            problem = replace(problem, hint=problem.look() if looked <= MOST_HINTS else past, look=None)
        answered.append(problem)
    return answered


def error(path: str, message: str, value: Any = ABSENT, hint: Hint = "") -> Problem:
    """An error whose source is not known yet."""
    text, look = (hint, None) if isinstance(hint, str) else ("", hint)
    return Problem("", path, value, message, text, look=look)


def refusal(source: str, path: str, message: str, value: Any = ABSENT, hint: str = "") -> ScenarioError:
    """One problem of this source, to be raised: nothing else can be found out."""
    return ScenarioError([Problem(source, path, value, message, hint)])


def warning(path: str, message: str, value: Any = ABSENT, hint: str = "") -> Problem:
    """A warning about a scenario at hand."""
    return Problem("", path, value, message, hint, "warning")


def _shown(value: Any) -> str:
    """` = value` as TOML would write it; nothing for a table, whose text would drown the message."""
    if value is ABSENT or value is None or isinstance(value, Mapping):
        return ""
    text = str(value) if isinstance(value, date) else json.dumps(value, default=str, ensure_ascii=False)
    return f" = {_shortened(text, LONGEST_VALUE)}"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
