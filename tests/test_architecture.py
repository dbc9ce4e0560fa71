"""The house rules that a machine can check: who may import whom, how long a function may be, who may speak."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from support import CLINIC, WARD

PACKAGE = Path(__file__).resolve().parents[1] / "sim"
ORDER = ("vocabulary", "files", "scenario", "model", "outcomes", "analysis", "experiment", "validation", "report")
"""Subpackages from left to right; each may import itself and whatever stands to its left."""

SPEAKERS = ("cli", "app")
"""Parts that nobody imports, and the only ones that write to the terminal."""

FITS = "validation/fits/"
"""Programs of their own, which are run by hand, show what they find, and are imported by nothing."""

LONGEST_FUNCTION = 60
NOUNS = ("vocabulary", "files", "report", *SPEAKERS)
"""Parts whose modules are each of one thing, and say so."""
SAY_NOTHING = {"told", "said", "spoken", "found", "here", "plain"}
"""Words of our texts: a name made of one alone cannot be searched for."""
HEAVY = {"numpy", "numba", "pandas", "scipy", "matplotlib", "simpy", "pyarrow", "joblib", "rich", "jinja2"}

MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
INITS = [module for module in MODULES if module.endswith("__init__.py")]


def part_of(module: str) -> str:
    """The subpackage (or top-level module) that a file belongs to; "" for the package itself."""
    first = module.split("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def parts_imported(tree: ast.AST) -> Iterator[str]:
    """Parts of this package that a piece of code imports, inside functions too; "" for the package itself."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            # `from sim import x` may name a subpackage or a public name.
            names = [f"sim.{alias.name}" for alias in node.names] if node.module == "sim" else [node.module or ""]
        for name in names:
            first, *rest = name.split(".")
            if first == "sim":
                yield rest[0] if rest else ""


def test_every_part_has_its_place_in_the_order() -> None:
    assert {part_of(module) for module in MODULES} - {""} <= {*ORDER, *SPEAKERS}
    assert {"cli", *ORDER} <= {part_of(module) for module in MODULES}


def in_each(modules: Sequence[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """One test of them all: to begin one for each would take longer than to look at it."""

    def of(look: Callable[[str], None]) -> Callable[[], None]:
        def test() -> None:
            for module in modules:
                try:
                    look(module)
                except AssertionError as error:
                    error.add_note(module)
                    raise

        test.__doc__ = look.__doc__
        return test

    return of


@in_each([m for m in MODULES if part_of(m) in ORDER])
def test_imports_run_leftwards_only(module: str) -> None:
    allowed = set(ORDER[: ORDER.index(part_of(module)) + 1])
    assert set(parts_imported(tree_of(module))) <= allowed


@in_each([m for m in MODULES if part_of(m) not in ORDER])
def test_nothing_imports_what_speaks(module: str) -> None:
    own = {part_of(module)}
    assert not set(parts_imported(tree_of(module))) & (set(SPEAKERS) - own)


@in_each(MODULES)
def test_functions_are_short(module: str) -> None:
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


@in_each([m for m in MODULES if part_of(m) in NOUNS and m not in INITS])
def test_a_module_is_of_one_thing(module: str) -> None:
    """What it is stands before the first colon or full stop; if that needs "and", it is two modules."""
    first_line = (ast.get_docstring(tree_of(module)) or "and").splitlines()[0]
    assert "and" not in re.split(r"[:.](?:\s|$)", first_line)[0].split()


def types_defined(module: str) -> Iterator[str]:
    """Classes and aliases of types, by their capital and small letters, at the top of a module."""
    for node in tree_of(module).body:
        names = [node.name] if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def test_a_type_of_one_name_is_defined_once() -> None:
    homes: dict[str, list[str]] = {}
    for module in MODULES:
        for name in types_defined(module):
            homes.setdefault(name, []).append(module)
    assert {"Desk", "Scenario", "Phase"} <= set(homes)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def names_given(module: str) -> Iterator[str]:
    """What is defined in a module: functions, parameters, variables, fields."""
    for node in ast.walk(tree_of(module)):
        match node:
            case ast.FunctionDef(name=name) | ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(ast.Name("self"), name, ast.Store()) | ast.ExceptHandler(name=str(name)):
                yield name


@in_each(MODULES)
def test_names_say_what_they_hold(module: str) -> None:
    assert SAY_NOTHING.isdisjoint(name.strip("_") for name in names_given(module))


@in_each([m for m in MODULES if not m.startswith(FITS)])
def test_nothing_imports_a_fit(module: str) -> None:
    assert "sim.validation.fits" not in (PACKAGE / module).read_text(encoding="utf-8")


@in_each([m for m in MODULES if part_of(m) not in SPEAKERS and not m.startswith(FITS)])
def test_the_library_never_prints(module: str) -> None:
    for node in ast.walk(tree_of(module)):
        assert not (isinstance(node, ast.Name) and node.id == "print"), f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("stdout", "stderr", "__stdout__", "__stderr__"), f"line {node.lineno}"


@in_each([m for m in MODULES if part_of(m) == "cli" and m != "cli/speaking.py"])
def test_commands_speak_through_one_module(module: str) -> None:
    for node in ast.walk(tree_of(module)):
        names = {getattr(node, "attr", ""), getattr(node, "id", "")}
        assert not names & {"print", "echo", "secho", "print_exc", "Console"}, f"line {node.lineno}"  # type: ignore[attr-defined]


@in_each([m for m in INITS if m != "__init__.py"])
def test_init_files_hold_re_exports_only(module: str) -> None:
    docstring, *body = tree_of(module).body
    assert isinstance(docstring, ast.Expr)
    for node in body:
        assert isinstance(node, ast.ImportFrom) or is_assignment(node, {"__all__"}), f"line {node.lineno}"


def test_the_package_holds_nothing_but_its_lazy_public_names() -> None:
    docstring, *body = tree_of("__init__.py").body
    assert isinstance(docstring, ast.Expr)
    for node in body:
        lazy = isinstance(node, ast.FunctionDef) and node.name in ("__getattr__", "__dir__")
        imports = isinstance(node, ast.If | ast.ImportFrom)
        assert lazy or imports or is_assignment(node, {"__all__", "_HOME"}), f"line {node.lineno}"


def is_assignment(node: ast.stmt, names: set[str]) -> bool:
    """Whether a statement does nothing but give a value to one of these names."""
    if not isinstance(node, ast.Assign):
        return False
    return all(isinstance(target, ast.Name) and target.id in names for target in node.targets)


def test_every_public_name_is_there() -> None:
    import sim

    assert sim.__all__ == sorted(sim.__all__) == dir(sim)
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'sumary'"):
        _ = sim.sumary  # type: ignore[attr-defined]


def heavy_in(program: str, *arguments: str) -> tuple[set[str], str]:
    """Which heavy libraries are among the `modules` that a program ends with, and what it says before."""
    code = f"import sys\n{program}\nprint('loaded:', *sorted({HEAVY!r} & set(modules)))"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *said_before, loaded = done.stdout.splitlines()
    return set(loaded.split()[1:]), "\n".join(said_before)


COMMAND = """
from sim.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
modules = sys.modules
"""
DESCRIBES = {"numpy", "simpy", "rich"}
"""What a scenario is, and which metrics it has."""
SIMULATES = {"numpy", "simpy", "rich", "pandas", "pyarrow"}
"""Results are DataFrames, and pandas loads pyarrow where it is installed."""


@pytest.mark.parametrize(
    ("command", "needed", "answer"),
    [
        ("--help", set(), "stepdown"),
        ("compare --help", set(), "stepdown"),
        ("--version", set(), "stepdown"),
        ("schema", set(), "levels"),
        ("list", {"rich"}, "hybrid"),
        ("diff hybrid residential_only", DESCRIBES, "levels"),
        ("validate hybrid", DESCRIBES - {"rich"}, "hybrid"),
        ("run FILE --replications 1 --json", SIMULATES - {"rich"}, "occupancy.beds"),
        ("run FILE --replications 1", SIMULATES, "budget"),
        # Intervals take the quantiles of Student's t.
        ("run FILE --replications 2", SIMULATES | {"scipy"}, "budget"),
    ],
)
def test_a_command_loads_what_it_needs_alone(tmp_path: Path, command: str, needed: set[str], answer: str) -> None:
    file = tmp_path / "ward.toml"
    file.write_text(WARD, encoding="utf-8")
    loaded, answered = heavy_in(COMMAND, *command.replace("FILE", str(file)).split())
    assert answer in answered.lower()
    assert loaded == needed


WORKERS = """
import os

from sim import load_scenario
from sim.experiment.replications import Task, each, perform
from sim.experiment.store.result_store import ResultStore

clinic, *folder = sys.argv[1:]
work = ResultStore(*folder).perform if folder else perform
tasks = [Task(load_scenario(clinic), 1, number, (("severity",),), True) for number in range(2)]

def loaded(task):
    assert work(task).records is not None
    return os.getpid(), list(sys.modules)

processes, in_each = zip(*each(loaded, tasks, 2))
assert os.getpid() not in processes
modules = {*in_each[0], *in_each[1]}
"""


@pytest.mark.parametrize(("stored", "needed"), [(False, set()), (True, {"pyarrow"})])
def test_a_worker_loads_what_a_replication_needs_alone(tmp_path: Path, stored: bool, needed: set[str]) -> None:
    """Not pandas, above all, which takes longest: DataFrames are made where readings are gathered."""
    file = tmp_path / "clinic.toml"
    file.write_text(CLINIC, encoding="utf-8")
    folder = [str(tmp_path / "store")] if stored else []
    loaded, _ = heavy_in(WORKERS, str(file), *folder)
    assert loaded == {"joblib", "numpy", "simpy"} | needed


@pytest.mark.parametrize("part", ["vocabulary", "analysis"])
def test_analysis_needs_neither_simulation_nor_schema(part: str) -> None:
    """Numbers in, tables out: whoever computes from metrics alone need not wait for what simulates."""
    code = f"import sys, sim.{part}; print(*sorted(sys.modules.keys() & {{'simpy', 'pydantic'}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
