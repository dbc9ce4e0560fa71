"""What the README tells people to type works."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def blocks(language: str) -> list[str]:
    """The code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_own_programme_is_sound_without_a_warning(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    path = tmp_path / "my_programme.toml"
    path.write_text(text, encoding="utf-8")
    programme = sim.load_scenario(path)
    assert sim.scenario_warnings(programme) == []
    assert {"beds", "seats"} == set(programme.places)

    change = tmp_path / "my_change.toml"
    change.write_text(
        'extends = "my_programme.toml"\nname = "More beds"\nplaces.beds.capacity = 36\n', encoding="utf-8"
    )
    assert sim.load_scenario(change) == programme.with_overrides({"name": "More beds", "places.beds.capacity": 36})


def test_own_programme_comes_to_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `stepdown rest` in the list of commands takes for granted: somebody must leave those who may come back."""
    from sim import cli

    path = tmp_path / "my_programme.toml"
    path.write_text(blocks("toml")[0], encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        cli.main(["rest", str(path), "--dry-run", "--replications", "2"])
    assert stopped.value.code == 0, capsys.readouterr().err


def test_python_example_prints_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = blocks("python")
    fewer = text.replace("replications=20", "replications=2").replace("workers=2", "workers=1")
    assert fewer != text
    exec(fewer, {})
    assert "wait.residential.mean" in capsys.readouterr().out


def test_commands_name_what_exists() -> None:
    from sim.cli import app

    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    used = re.findall(r"\.venv/bin/stepdown (\w+) (\w+)", "\n".join(blocks("sh")))
    assert {command for command, _ in used} <= commands
    assert {name for _, name in used} <= {*sim.shipped_names(), "my_programme", "out"}


def test_the_result_shown_is_the_reading_of_the_shipped_comparison() -> None:
    """CI writes docs/scenarios.md anew and compares; so what the README says of the main job is never stale."""
    page = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
    section = page[page.index("(`hybrid`)") :]
    (reading,) = re.findall(r"^\*\*Reading\.\*\* (.+)$", section, flags=re.MULTILINE)[:1]
    assert f"\n> {reading}\n" in README


def test_two_commands_set_everything_up_with_pinned_versions() -> None:
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv ")]
    assert len(commands) == 2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {line.partition("==")[0].lower() for line in (ROOT / ".ci/constraints.txt").read_text().split()}
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        assert re.split("[<>=~!]", requirement)[0].lower() in pinned
    assert all("-c .ci/constraints.txt" in command for command in commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        assert aim.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", aim.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target


def words_of(picture: Path) -> list[str]:
    """The texts of an SVG of matplotlib, which draws letters as paths and leaves the text beside them."""
    return re.findall(r"<!-- (.*?) -->", picture.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "command"),
    [("pathway.svg", ("draw", "hybrid")), ("story.svg", ("story", "residential_only", "hybrid"))],
)
def test_pictures_say_what_their_command_draws_today(name: str, command: tuple[str, ...], tmp_path: Path) -> None:
    from sim.cli import main

    with pytest.raises(SystemExit) as stopped:
        main([*command, "--figure", str(tmp_path / name)])
    assert stopped.value.code == 0
    assert len(words_of(tmp_path / name)) > 15
    assert words_of(ROOT / "docs" / name) == words_of(tmp_path / name), f"write it anew: stepdown {' '.join(command)}"


def test_the_tests_that_the_page_on_quality_names_exist() -> None:
    page = (ROOT / "docs/quality.md").read_text(encoding="utf-8")
    tests = {path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("*.py")}
    named = re.findall(r"`((?:\w+/)?\w+\.py)(?:::(\w+))?", page)
    assert len(named) > 20
    for file, function in named:
        (found,) = [test for test in tests if test == file or test.endswith(f"/{file}")][:1] or [None]
        assert found is not None, file
        assert function in (ROOT / "tests" / found).read_text(encoding="utf-8"), function


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs/model.md"], ids=lambda page: page.name)
def test_the_share_that_uses_opioids_is_that_of_the_shipped_scenario(page: Path) -> None:
    share = 100 * sim.load_scenario("base").population["substance"]["opioids"]
    text = " ".join(page.read_text(encoding="utf-8").split())
    (stated,) = re.findall(r"in no other, while (\d+) % of the", text)
    assert float(stated) == share


def test_commands_of_the_how_to_work_as_written() -> None:
    """They name commands and shipped scenarios, or the one file that the page has made; nobody has any other."""
    from sim.cli import app

    page = (ROOT / "docs/howto.md").read_text(encoding="utf-8")
    commands = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    spoken = [shlex.split(span) for span in re.findall(r"`stepdown (\w[^`]*)`", page)]
    assert len(spoken) > 15
    for command, *words in spoken:
        assert command in {*commands, "store"}, command
        assert {word for word in words if word.endswith(".toml")} <= {"ours.toml"}, words
        if command in ("run", "compare", "explain", "story", "diff"):
            named = [word for word in words if word in sim.shipped_names() or word == "ours.toml"]
            assert len(named) >= (1 if command in ("run", "diff") else 2), words
    # It is not on a package index, and the environment of the README has no pip of its own.
    assert not any("pip install" in page.read_text(encoding="utf-8") for page in PAGES if page.name != "regression.md")


def test_the_evidence_that_the_page_on_the_model_leans_on_is_named_at_its_end() -> None:
    page, _, evidence = (
        (ROOT / "docs/model.md").read_text(encoding="utf-8").partition("\n## Evidence named on this page")
    )
    named = set(re.findall(r"([A-Z]\w+) (\d{4})\b", page))
    assert {("Scott", "2005"), ("Festinger", "2002")} <= named
    for author, year in named - {("TEDS", "2004")}:
        assert re.search(rf"\b{author}\b[^;]*\b{year}\b", evidence), f"{author} {year}"
    # A sample belongs to a study.
    for number in re.findall(r"\bn = ([\d,]*\d)|([\d,]+) episodes", page):
        assert "".join(number) in evidence, number
    assert not re.search(r"\((?:[A-Z]\w+, )?n = ", page)


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs/quality.md"], ids=lambda page: page.name)
def test_the_tally_of_validation_is_the_one_of_its_page(page: Path) -> None:
    table = (ROOT / "docs/validation.md").read_text(encoding="utf-8")
    text = " ".join(page.read_text(encoding="utf-8").split())
    stated = [
        (r"^\| validation: .*?", r"Of (\d+) published.*? predict (\d+) within error and (\d+) nearly; (\d+) are missed")
    ]
    if page.name == "quality.md":
        stated.append(
            (r"^\| verification: .*?", r"Of (\d+) that helped.*? (\d+) are within error, (\d+) nearly, and (\d+) are")
        )
    for row, sentence in stated:
        (counted,) = re.findall(rf"{row}\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", table, flags=re.MULTILINE)
        assert re.findall(sentence, text) == [counted]
    every = re.findall(r"^\| (?:validation|same study|verification|comparison): .*?\| (\d+) \|", table, re.MULTILINE)
    results = sum(map(int, every))
    assert page.name == "README.md" or f"sets {results} published results" in text


def test_every_script_of_a_finding_can_be_run_as_it_is() -> None:
    scripts = [*(ROOT / "findings").glob("*.sh")]
    assert scripts
    assert not [script.name for script in scripts if not script.stat().st_mode & 0o100]
