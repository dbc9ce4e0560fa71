"""How a scenario is laid over the one it extends: tables key by key, all else replaced."""

from copy import deepcopy
from functools import partial
from typing import Any

from sim.files.paths import Segments, exists, is_list, lookup, split_path
from sim.files.problems import Problem, error
from sim.files.toml import Data
from sim.scenario.path_hints import path_hint


def merged(parent: Data, child: Data, path: Segments = ()) -> Data:
    """The child laid over the parent, both of which stand at `path`; neither is changed.

    Tables merge key by key; arrays and values replace. A table is replaced wholly when its `distribution`, or what that
    is `of`, changes, when it holds what makes sense only together (an attribute of a `population`, `age`, `on_relapse`,
    `payers` of any kind), and when it is an evidence card.
    """
    result = dict(parent)
    for key, value in child.items():
        key_path = (*path, key)
        inherited = result.get(key)
        mergeable = isinstance(inherited, dict) and isinstance(value, dict)
        if mergeable and not replaces(key_path, inherited, value):
            result[key] = merged(inherited, value, key_path)  # type: ignore[arg-type]
        else:
            result[key] = deepcopy(value)
    return result


def replaces(path: Segments, inherited: Any, value: Any) -> bool:
    """Whether the table `value` at this path replaces the inherited one instead of adding to it."""
    if path in (("payers",), ("age",)) or (len(path) == 2 and path[0] in ("population", "evidence")):
        return True
    if len(path) == 4 and path[0] == "known" and path[2] == "population":
        return True
    if len(path) == 3 and path[0] == "levels" and path[2] in ("payers", "on_relapse"):
        return True
    if len(path) == 3 and path[:2] == ("costs", "payers"):
        return True
    return kind_of_law({**inherited, **value}) != kind_of_law(inherited)


def kind_of_law(table: Data) -> tuple[Any, Any] | None:
    """What the numbers of a distribution mean: its kind, and what it is of; None for a table of anything else."""
    kind = table.get("distribution")
    return (kind, table.get("of", "days")) if isinstance(kind, str) else None


def removed(parent: Data, paths: Any, gone: Data | None = None) -> tuple[Data, list[Problem]]:
    """The parent without what stands at these dotted paths; problems for paths that do not exist.

    gone: what may lack in the parent because it has been taken away there already.
    """
    if not is_list(paths) or not all(isinstance(path, str) for path in paths):
        return parent, [error("remove", 'must be an array of dotted paths such as ["levels.iop"]', paths)]
    result, problems = deepcopy(parent), []
    for index, path in enumerate(paths):
        place = f"remove.{index}"
        try:
            segments = split_path(path)
        except ValueError as reason:
            problems.append(error(place, str(reason), path))
            continue
        if not exists(parent, segments):
            if gone is not None and exists(gone, segments):
                continue
            problems.append(
                error(place, "nothing of this path is inherited", path, partial(path_hint, segments, parent))
            )
        elif is_list(lookup(parent, segments[:-1])):
            whole = ".".join(segments[:-1])
            problems.append(error(place, "one entry of an array cannot be removed", path, f"State {whole} anew"))
        elif exists(result, segments):
            del lookup(result, segments[:-1])[segments[-1]]
    return result, problems
