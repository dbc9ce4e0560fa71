"""Suite files: what they say, and that everything wrong with one is said at once."""

import re
from pathlib import Path

import pytest
from support import SMALLEST_WARD, blessed_otherwise

from sim.experiment.regression.baseline_file import SuiteError
from sim.experiment.regression.baselines import bless, check_suite
from sim.experiment.regression.suite import Margin, Suite, load_suite, parse_margin

PROGRAMME = SMALLEST_WARD


@pytest.fixture(autouse=True)
def programme(tmp_path: Path) -> None:
    (tmp_path / "ward.toml").write_text(PROGRAMME)


def suite(folder: Path, text: str) -> Suite:
    (folder / "suite.toml").write_text(text)
    return load_suite(folder / "suite.toml")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SuiteError) as found:
        suite(folder, text)
    return str(found.value).splitlines()


def test_a_case_takes_over_what_the_suite_says_and_may_say_otherwise(tmp_path: Path) -> None:
    read = suite(
        tmp_path,
        """
        replications = 9
        metrics = ["cost.*"]
        margins = { "cost.*" = "5%" }
        alpha = 0.02
        [[case]]
        scenario = "ward.toml"
        [[case]]
        name = "loose"
        scenario = "base"
        tier = "statistical"
        seed = 9
        metrics = ["wait.*.mean", "admitted"]
        margins = { "wait.residential.*" = 0.5, "wait.*" = 1 }
        """,
    )
    first, second = read.cases
    assert (read.alpha, first.name, first.source, second.name) == (0.02, "ward", "ward.toml", "loose")
    assert (first.replications, first.seed, first.tier, first.tolerance) == (9, 1, "exact", 1e-9)
    assert (second.replications, second.seed, second.tier) == (9, 9, "statistical")
    assert [first.wants(name) for name in ("cost.total", "admitted")] == [True, False]
    assert [second.wants(name) for name in ("cost.total", "admitted", "wait.iop.mean")] == [False, True, True]
    assert first.margin("cost.total") == Margin(0.05, True)
    assert second.margin("wait.residential.mean") == Margin(0.5, False), "the first pattern that fits"
    assert second.margin("wait.iop.mean") == Margin(1.0, False)
    assert second.margin("admitted") is None
    assert second.baseline == tmp_path / "loose.csv"


def test_scenarios_are_found_from_any_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "suites").mkdir()
    monkeypatch.chdir("/")
    read = suite(tmp_path / "suites", '[[case]]\nscenario = "../ward.toml"\n')
    assert read.cases[0].scenario.name == "Ward"


@pytest.mark.parametrize(
    ("value", "margin"),
    [(0.5, Margin(0.5, False)), (0, Margin(0, False)), ("5%", Margin(0.05, True)), ("0.5 %", Margin(0.005, True))],
)
def test_margins(value: object, margin: Margin) -> None:
    assert parse_margin(value) == margin


@pytest.mark.parametrize(
    "value", [-1, "5", "five", "-5%", "1e3%", True, float("inf"), float("nan"), None, "9" * 99 + "%"]
)
def test_no_margins(value: object) -> None:
    with pytest.raises(ValueError, match='such as "5%"'):
        parse_margin(value)


def test_margins_around_a_mean() -> None:
    assert Margin(0.05, True).around(-200) == 10
    assert Margin(0.05, False).around(-200) == 0.05


def test_everything_wrong_is_said_at_once_with_the_nearest_right_name(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        replicatons = 3
        seed = -1
        tier = "exat"
        margins = { "cost.*" = "much" }
        [[case]]
        scenario = "residental_only"
        tolerence = 1
        [[case]]
        scenario = "wart.toml"
        [[case]]
        name = "../../etc/passwd"
        scenario = "ward.toml"
        metrics = ["cost.totl"]
        [[case]]
        metrics = []
        """,
    )
    text = "\n".join(found)
    assert all(line.startswith("suite.toml: ") for line in found)
    for words in (
        "replicatons = 3: there is no such key. Did you mean replications?",
        "seed = -1: must be greater than or equal to 0",
        'tier = "exat": must be one of "exact", "statistical"',
        'margins."cost.*" = "much": must be a number of 0 or more',
        'case.0.scenario = "residental_only": there is no shipped scenario of this name. Did you mean',
        "case.0.tolerence = 1: there is no such key. Did you mean tolerance?",
        'case.1.scenario = "wart.toml": there is no such file. Did you mean',
        'case.2.name = "../../etc/passwd": is not a name',
        'case.2.metrics.0 = "cost.totl": fits no metric. Did you mean cost.total?',
        "case.3.scenario: is missing",
        "case.3.metrics = []: ",
    ):
        assert words in text, words
    assert len(found) == 11, text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "case: is missing. Every suite needs a [[case]]"),
        ("case = []", "case = []"),
        ("case = 3", "case = 3"),
        ("case = [3]", "case.0 = 3"),
        ("[[case]]\nscenario = 3", "case.0.scenario = 3: must be a valid string"),
        ("[[case]]\nscenario = ''", "case.0.scenario"),
        ("[[case]]\nscenario = 'ward.toml'\nreplications = '3'", "case.0.replications"),
        ("metrics = 'cost.*'\n[[case]]\nscenario = 'ward.toml'", "metrics"),
        ("metrics = ['(a+)+$']\n[[case]]\nscenario = 'ward.toml'", "is not a pattern of metrics"),
        ("alpha = 0.9\n[[case]]\nscenario = 'ward.toml'", "alpha = 0.9"),
        ("tolerance = 0.0\n[[case]]\nscenario = 'ward.toml'", "tolerance = 0.0"),
        ("[[case]]\nscenario = 'ward.toml'\n[[case]]\nscenario = './ward.toml'", "is the name of case.0 already"),
        ("[[case]]\nscenario = 'ward.toml'\nmargins = { admitted = 1 }", "has no effect in the exact tier"),
        (
            "[[case]]\nscenario = 'ward.toml'\ntier = 'statistical'\ntolerance = 0.1",
            "case.0.tolerance = 0.1: has no effect in the statistical tier",
        ),
        (
            "[[case]]\nscenario = 'ward.toml'\ntier = 'statistical'\nreplications = 2",
            "case.0.replications = 2: must be at least 8 in the statistical tier",
        ),
        (
            "margins = { admitted = 1 }\n[[case]]\nscenario = 'ward.toml'",
            "has no effect: no case is of the statistical tier",
        ),
        (
            "alpha = 0.01\n[[case]]\nscenario = 'ward.toml'",
            "alpha = 0.01: has no effect: no case is of",
        ),
        (
            "tolerance = 0.1\ntier = 'statistical'\n[[case]]\nscenario = 'ward.toml'",
            "tolerance = 0.1: has no effect: no case is of the exact tier",
        ),
        (
            "[[case]]\nscenario = 'ward.toml'\ntier = 'statistical'\nmetrics = ['cost.*']\nmargins = { admitted = 1 }",
            'case.0.margins = "admitted": fits no metric that the case watches',
        ),
        (
            "metrics = ['cost.*']\n[[case]]\nscenario = 'ward.toml'\ntier = 'statistical'\nmargins = { admitted = 1 }",
            'case.0.margins = "admitted": fits no metric that the case watches',
        ),
        (
            "metrics = ['wait.iop.mean', 'admitted']\nmargins = {'deths' = 1}\n[[case]]\nscenario = 'ward.toml'",
            'metrics.0 = "wait.iop.mean": fits no metric',
        ),
        ("seed = 9223372036854775808\n[[case]]\nscenario = 'ward.toml'", "seed = 9223372036854775808"),
        ("[[case]", "is not valid TOML"),
        ("a" + ".a" * 100 + " = 1", "more than 50 dotted parts"),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    found = problems(tmp_path, text)
    assert any(words in line for line in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrics = 'wait.*'\n[[case]]", 'metrics = "wait.*": must be an array such as ["wait.*", "cost.total"]'),
        ("metrics = []\n[[case]]", "metrics = []: must not be empty"),
        ("metrics = [3]\n[[case]]", "metrics.0 = 3: must be a valid string"),
        ("margins = 3\n[[case]]", "margins = 3: must be a table"),
        ("[case]", "case: must be one or more tables. Begin each with [[case]], in two brackets"),
        ("[[case]]\nseed = 'x'", 'case.0.seed = "x": must be a valid integer'),
    ],
)
def test_a_value_of_another_type_is_one_problem_in_the_words_of_the_file(tmp_path: Path, text: str, said: str) -> None:
    found = problems(tmp_path, f"{text}\nscenario = 'ward.toml'\ntier = 'statistical'")
    assert found == [f"suite.toml: {said}"]


def test_a_pattern_of_the_suite_need_not_fit_every_case_but_every_case_needs_a_metric(tmp_path: Path) -> None:
    text = "metrics = [{}]\n[[case]]\nscenario = 'ward.toml'\n[[case]]\nscenario = 'base'"
    assert len(suite(tmp_path, text.format("'wait.iop.mean', 'admitted'")).cases) == 2
    found = problems(tmp_path, text.format("'wait.iop.mean'"))
    assert found == ["suite.toml: case.0: has none of the metrics that the suite watches"]


def test_a_file_name_that_is_no_name_must_be_given_one(tmp_path: Path) -> None:
    (tmp_path / "My Ward.toml").write_text(PROGRAMME)
    (line,) = problems(tmp_path, "[[case]]\nscenario = 'My Ward.toml'")
    assert 'gives no name for a baseline. Say name = "..." in case.0' in line
    assert suite(tmp_path, "[[case]]\nname = 'my-ward'\nscenario = 'My Ward.toml'").cases[0].name == "my-ward"


def test_problems_inside_a_scenario_keep_their_place(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(PROGRAMME.replace("capacity", "capcity"))
    twice = "[[case]]\nscenario = 'bad.toml'\n[[case]]\nscenario = 'baze'\n[[case]]\nname = 'a'\nscenario = 'bad.toml'"
    found = problems(tmp_path, twice)
    assert len([line for line in found if line.startswith("bad.toml: places.beds.capcity")]) == 1
    assert any(line.startswith('suite.toml: case.1.scenario = "baze"') for line in found)


def test_a_metric_that_only_the_baseline_has_is_no_mistake_of_the_suite(tmp_path: Path) -> None:
    read = suite(tmp_path, "[[case]]\nscenario = 'ward.toml'\nreplications = 1")
    bless(check_suite(read, blessing=True))
    blessed_otherwise(tmp_path / "ward.csv", "admitted,", "admissions.of_old,")
    assert suite(tmp_path, "[[case]]\nscenario = 'ward.toml'\nmetrics = ['admissions.of_old']").cases
    assert (
        "fits no metric" in problems(tmp_path, "[[case]]\nscenario = 'ward.toml'\nmetrics = ['admissions.of_new']")[0]
    )


def test_only_some_cases(tmp_path: Path) -> None:
    read = suite(tmp_path, "[[case]]\nscenario = 'ward.toml'\n[[case]]\nscenario = 'base'")
    assert [case.name for case in read.only(["base"]).cases] == ["base"]
    with pytest.raises(ValueError, match=r"suite.toml has no case 'wart'. Did you mean ward\?"):
        read.only(["wart"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("siute.toml", "there is no such suite. Did you mean"),
        ("suite.csv", "must be a file that ends in .toml"),
        ("folder.toml", "cannot be read: Is a directory"),
        ("large.toml", "is larger than 1,000,000 bytes"),
        ("latin.toml", "is not UTF-8 text"),
    ],
)
def test_what_is_no_suite(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "suite.toml").write_text("[[case]]\nscenario = 'ward.toml'")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(SuiteError, match=words):
        load_suite(tmp_path / name)


def test_a_hostile_suite_is_read_in_a_moment(tmp_path: Path) -> None:
    many = "\n".join(f"k{i} = 1" for i in range(20_000))
    assert len(problems(tmp_path, many + "\n[[case]]\nscenario = 'ward.toml'\n")) == 20_000
    cases = "[[case]]\nscenario = 'nowhere.toml'\n" * 2_000
    assert "at most 200" in problems(tmp_path, cases)[0]
    patterns = f"metrics = {['*a*b*c*d*e*f*' + str(i) for i in range(30_000)]}\n[[case]]\nscenario = 'ward.toml'"
    assert "at most 200" in problems(tmp_path, patterns)[0]


def test_the_example_of_the_manual_is_sound(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    for page, name in (("README.md", "my_programme.toml"), ("docs/regression.md", "suite.toml")):
        block = re.search(r"^```toml\n(.*?)^```$", (root / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        assert block is not None
        (tmp_path / name).write_text(block[1], "utf-8")
    assert [case.tier for case in load_suite(tmp_path / "suite.toml").cases] == ["exact", "statistical"]
