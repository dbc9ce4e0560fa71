"""Files that a visitor sends, read in a process of its own: whatever it takes to read them, nobody else waits for it.

`python -m sim.app.reading` takes from standard input texts by name, and which of them were sent just now; it gives what
it found to standard output. Both are JSON.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from sim.app.systems import ChosenScenario, Described, System, text_sent, uploaded
from sim.app.wording import beyond
from sim.files.toml import LARGEST_FILE, parse_toml
from sim.scenario import ScenarioError, load_scenario

COMMAND = [sys.executable, "-P", "-m", "sim.app.reading"]
MOST_CHARACTERS = 2 * LARGEST_FILE
"""Of all texts of one visitor together; the oldest make room."""
MOST_SECONDS, MOST_MEMORY = 10, 2**30
"""Of the processor, and bytes, that reading may take in its own process."""
LONGEST_WAIT = 60.0
"""Seconds until it is given up, however busy the machine is."""
SWIFT = 2.0
"""Seconds of the processor in which the page must be able to go through a scenario, as it does at every change."""
READERS = threading.BoundedSemaphore(os.cpu_count() or 1)
"""So many read at once."""
MOST_PROBLEMS = 1_000
TOO_MUCH = "takes more time or memory to read than the page has for one file; on the command line: stepdown validate"


@dataclass(frozen=True)
class Found:
    """What became of files that were sent: the one in use, or what is wrong with it.

    name: of that one. texts: all that the visitor has sent, by name. unused: files sent just now that it does not need.
    """

    name: str
    source: ChosenScenario | None = None
    problems: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


NOTHING = Found("")


def read(sent: Mapping[str, bytes], before: Found = NOTHING) -> Found:
    """Read files, by name, of which one may extend another, or one that was sent before.

    In use is the one that no other extends, directly or by way of others; but what could not be read before, if one
    of these was missing.
    """
    try:
        new = {name: text_sent(content, name) for name, content in sent.items()}
    except ScenarioError as problem:
        return Found(problem.problems[0].source, problems=(str(problem),), texts=before.texts)
    texts = {**{name: text for name, text in before.texts.items() if name not in new}, **new}
    while sum(map(len, texts.values())) > MOST_CHARACTERS and len(texts) > len(new):
        del texts[next(iter(texts))]
    answered = _apart({"texts": texts, "sent": list(new), "refused": before.name if before.problems else ""})
    source = ChosenScenario(load_scenario(answered["scenario"])) if "scenario" in answered else None
    problems, unused = (tuple(answered.get(name, ())) for name in ("problems", "unused"))
    return Found(answered.get("name", next(iter(new))), source, problems, texts, unused)


def _apart(order: Mapping[str, Any]) -> dict[str, Any]:
    with READERS:
        try:
            sent = json.dumps(order).encode()
            done = subprocess.run(COMMAND, input=sent, capture_output=True, timeout=LONGEST_WAIT, check=True)
        except (subprocess.SubprocessError, OSError):
            return {"problems": [TOO_MUCH]}
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


def main() -> None:
    """Read the texts on standard input."""
    _limit()
    json.dump(answer(json.load(sys.stdin)), sys.stdout)


def answer(order: Mapping[str, Any]) -> dict[str, Any]:
    """What `main` says of what it is given."""
    texts, sent, refused = order["texts"], order["sent"], order["refused"]
    extended = {name: _extended(text) for name, text in texts.items()}
    needs = {name: _reached(name, extended) for name in texts}
    tops = [
        name
        for name in sent
        if sent[0] in needs[name] and not any(name in needs[each] for each in sent if each != name)
    ]
    name = tops[0] if tops else sent[0]
    if _reached(refused, extended) & set(sent):
        name = refused
    unused = [each for each in sent if each not in needs[name]]
    return {"name": name, "unused": unused, **_scenario_or_problems(name, texts)}


def _limit() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has none; there the time is limited all the same.
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _extended(text: str) -> list[str]:
    """The names of the files that a text extends; none where it says none, or is no TOML."""
    try:
        stated = parse_toml(text, "").get("extends", [])
    except ScenarioError:
        return []
    return [PurePosixPath(str(name)).name for name in (stated if isinstance(stated, list) else [stated])]


def _reached(name: str, extended: Mapping[str, list[str]]) -> set[str]:
    """A name, those that its file extends, and so on."""
    reached, left = {name}, [name]
    while left:
        new = set(extended.get(left.pop(), ())) - reached
        reached |= new
        left += new
    return reached


def _scenario_or_problems(name: str, texts: Mapping[str, str]) -> dict[str, Any]:
    begun = time.process_time()
    try:
        source = uploaded(texts[name], name, texts)
        described = Described(System(0, name), source, source.scenario, source.scenario)
        # All that the page goes through.
        _ = described.warnings, described.numbers
    except ScenarioError as refused:
        lines = [str(problem) for problem in refused.problems]
        more = [f"... and {len(lines) - MOST_PROBLEMS:,} more"] if len(lines) > MOST_PROBLEMS else []
        return {"problems": [*lines[:MOST_PROBLEMS], *more]}
    except Exception as problem:
        return {"problems": [TOO_MUCH if isinstance(problem, MemoryError) else beyond(problem)]}
    if time.process_time() - begun > SWIFT:
        return {"problems": [TOO_MUCH]}
    return {"scenario": source.scenario.model_dump(mode="json", by_alias=True)}


if __name__ == "__main__":
    main()
