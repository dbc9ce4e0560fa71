"""Baselines: files that come back as they were written, are refused when they are not, and are rewritten whole."""

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from support import SMALLEST_WARD, blessed_otherwise, measured_once

import sim
from sim.experiment.regression import baselines
from sim.experiment.regression.baseline_file import (
    COLUMNS,
    FIRST_LINE,
    Baseline,
    BaselineHead,
    DamagedBaseline,
    SuiteError,
    baseline_text,
    read_baseline,
)
from sim.experiment.regression.baselines import Check, bless, check_suite, measure
from sim.experiment.regression.suite import load_suite

PROGRAMME = SMALLEST_WARD + "cost_per_day = 100.0\n"

SUITE = """
replications = 5
[[case]]
scenario = "ward.toml"
[[case]]
name = "loose"
scenario = "ward.toml"
tier = "statistical"
replications = 8
margins = { "cost.*" = "50%" }
"""


MEASURED = baselines._metrics


@pytest.fixture(scope="module", autouse=True)
def _once() -> Iterator[None]:
    with measured_once():
        yield


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called, what was measured before is measured again."""
    return lambda: monkeypatch.setattr(baselines, "_metrics", MEASURED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ward.toml").write_text(PROGRAMME)
    (tmp_path / "suite.toml").write_text(SUITE)
    return tmp_path


def check(folder: Path, blessing: bool = False, workers: int = 1) -> Check:
    return check_suite(load_suite(folder / "suite.toml"), workers, blessing=blessing)


@pytest.fixture
def blessed(folder: Path) -> Path:
    bless(check(folder, blessing=True))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refused(folder: Path, blessing: bool = False) -> str:
    with pytest.raises(SuiteError) as found:
        check(folder, blessing)
    return str(found.value)


def verdicts(found: Check, case: str) -> dict[str, str]:
    rows = found.table[found.table["case"] == case]
    return dict(zip(rows["metric"], rows["verdict"], strict=True))


# --- files ---


def test_a_baseline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rows = [
        ("a", 0.1 + 0.2, 1 / 3, 10),
        ("b.c_2", math.nan, math.nan, 0),
        ("d", -1e300, math.nan, 1),
        ("e", 0.0, 0.0, 10),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    head = BaselineHead(stepdown="0.1.0", digest="a" * 64, seed=7, replications=10)
    path = tmp_path / "a.csv"
    path.write_text(baseline_text(Baseline(head, table)))
    back = read_baseline(path)
    assert back.head == head
    pd.testing.assert_frame_equal(back.table, table, rtol=1e-11)
    assert baseline_text(back) == path.read_text(), "12 digits are written as the same 12"


def test_it_holds_what_a_run_gives(folder: Path) -> None:
    suite = load_suite(folder / "suite.toml")
    measured = measure(suite.cases)["ward"]
    expected = sim.run(sim.load_scenario(folder / "ward.toml"), 5, 1).summary()[COLUMNS]
    pd.testing.assert_frame_equal(measured.table, expected)
    assert measured.head.digest == suite.cases[0].scenario.digest()


def test_blessing_twice_on_any_number_of_workers_writes_the_same_files(blessed: Path, anew: Callable[[], None]) -> None:
    first = {name: (blessed / name).read_bytes() for name in ("ward.csv", "loose.csv")}
    anew()
    bless(check(blessed, blessing=True, workers=2))
    assert first == {name: (blessed / name).read_bytes() for name in first}
    assert sorted(path.name for path in blessed.iterdir()) == ["loose.csv", "suite.toml", "ward.csv", "ward.toml"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (FIRST_LINE, "replication,metric,value", "is not a baseline"),
        ("# format = 2", "# format = 1", "is of format 1, which states no checksum"),
        ("# seed = 1\n", "", "wrong or missing: seed"),
        ("# seed = 1", "# seed = -1", "wrong or missing: seed"),
        ("# seed = 1", "# seed = 1\n# seed = 1", "is damaged"),
        ("# seed = 1", "# sead = 1", "wrong or missing: seed, sead"),
        ("metric,mean,sd,replications", "metric,mean", "line 8: must be metric,mean,sd,replications"),
        ("admitted,", "admitted,1,", "must be the name of a metric and three numbers"),
        ("admitted,", "=cmd(),", "must be the name of a metric and three numbers"),
        ("admitted,", "admitted,x", "must be the name of a metric and three numbers"),
        ("admitted,", "arrivals,", "arrivals is there twice"),
        ("admitted,", "admitted,-1,-1,5\nb,", "cannot be, with 5 replications"),
        ("admitted,", "admitted,1,1,6\nb,", "cannot be, with 5 replications"),
        ("admitted,", "admitted,1,1,0\nb,", "cannot be, with 5 replications"),
        ("admitted,", "admitted,1,,5\nb,", "cannot be, with 5 replications"),
        ("admitted,", "admitted,1,0,1\nb,", "cannot be, with 5 replications"),
        ("admitted,", "<<<<<<< HEAD\nadmitted,", "line 18"),
        ("admitted,", "\0,", "line 18"),
        ("cost.total,", "cost.total,1", "it is not as it was written"),
        ("# seed = 1", "# seed = 2", "it is not as it was written"),
        ("# seed = 1", "# seed = 1\n# a remark", "it is not as it was written"),
        ("# sha256", "# sha2", "it is not as it was written"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(blessed: Path, old: str, new: str, words: str) -> None:
    edit(blessed / "ward.csv", old, new)
    said = refused(blessed)
    assert said.startswith("ward.csv: ")
    assert words in said


def test_a_file_that_was_cut_short_is_refused_wherever_it_was_cut(blessed: Path) -> None:
    path = blessed / "ward.csv"
    lines = path.read_text().splitlines(keepends=True)
    for count in range(len(lines)):
        path.write_text("".join(lines[:count]))
        with pytest.raises(SuiteError):
            read_baseline(path)


def test_a_baseline_without_metrics_is_damaged_and_can_be_blessed_anew(blessed: Path) -> None:
    whole = read_baseline(blessed / "ward.csv")
    (blessed / "ward.csv").write_text(baseline_text(Baseline(whole.head, whole.table[:0])))
    assert "ward.csv: is damaged: it holds no metric. Bless it anew" in refused(blessed)
    bless(check(blessed, blessing=True))
    assert check(blessed).passed


def test_line_ends_and_a_mark_of_byte_order_are_no_damage(blessed: Path) -> None:
    path = blessed / "ward.csv"
    before = read_baseline(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_baseline(path).table.equals(before.table)


def test_a_baseline_may_not_be_large_a_folder_or_a_link_to_elsewhere(
    blessed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = blessed / "ward.csv"
    path.write_bytes(b"#" * 1_000_001)
    assert "is larger than" in refused(blessed)
    path.unlink()
    path.mkdir()
    assert "cannot be read: Is a directory" in refused(blessed)
    path.rmdir()
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "ward.csv"
    elsewhere.write_text((blessed / "loose.csv").read_text())
    path.symlink_to(elsewhere)
    for blessing in (False, True):
        assert "is a link" in refused(blessed, blessing)


# --- checking ---


def test_nothing_has_moved(blessed: Path, anew: Callable[[], None]) -> None:
    anew()
    found = check(blessed)
    assert found.passed
    assert set(found.table["verdict"]) == {"held"}
    assert list(found.table["case"].unique()) == ["ward", "loose"]
    assert [case for case, note in found.notes if "are found only if they move by" in note] == ["loose"]
    assert len(found.notes) == 1


def test_missing_baselines_are_all_said_before_anything_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "measure", None)
    said = refused(folder)
    assert said == (
        f"suite.toml: there is no baseline ward.csv, loose.csv. "
        f"To accept what it gives now: stepdown check {folder}/suite.toml --bless"
    )


def test_several_things_wrong_are_said_at_once(blessed: Path) -> None:
    blessed_otherwise(blessed / "ward.csv", "# seed = 1", "# seed = 2")
    (blessed / "loose.csv").unlink()
    lines = refused(blessed).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("ward.csv: was blessed with seed = 2, the suite has 1; the exact tier needs the same.")
    assert "loose.csv" in lines[1]


def test_the_exact_tier_sees_the_last_digits_and_says_which(blessed: Path) -> None:
    table = read_baseline(blessed / "ward.csv").table.set_index("metric")
    blessed_otherwise(
        blessed / "ward.csv",
        f"admitted,{table['mean']['admitted']:.12g},",
        f"admitted,{table['mean']['admitted'] + 1e-5:.12g},",
    )
    found = check(blessed)
    assert not found.passed
    assert [metric for metric, verdict in verdicts(found, "ward").items() if verdict != "held"] == ["admitted"]


def test_another_seed_and_more_replications_may_be_blessed_for_the_statistical_tier(blessed: Path) -> None:
    edit(blessed / "suite.toml", "replications = 8", "replications = 12\nseed = 3")
    found = check_suite(load_suite(blessed / "suite.toml").only(["loose"]))
    assert found.passed
    assert (found.table["difference"] != 0).any()
    assert found.before["loose"].head.replications == 8  # type: ignore[union-attr]


def test_a_baseline_of_too_few_replications_for_the_statistical_tier_is_refused(blessed: Path) -> None:
    edit(blessed / "suite.toml", 'tier = "statistical"\nreplications = 8', 'tier = "exact"\nreplications = 7')
    edit(blessed / "suite.toml", 'margins = { "cost.*" = "50%" }', "")
    bless(check(blessed, blessing=True))
    (blessed / "suite.toml").write_text(SUITE)
    assert refused(blessed).startswith("loose.csv: was blessed with replications = 7; the statistical tier needs 8 or ")
    bless(check(blessed, blessing=True))
    assert check(blessed).passed


def test_a_metric_that_vanished_is_drift_and_a_new_one_is_told(blessed: Path) -> None:
    for case in ("ward", "loose"):
        blessed_otherwise(blessed / f"{case}.csv", "admitted,", "admissions.of_old,")
    found = check(blessed)
    assert not found.passed
    for case in ("ward", "loose"):
        said = {metric: verdict for metric, verdict in verdicts(found, case).items() if verdict != "held"}
        assert said == {"admissions.of_old": "vanished", "admitted": "new"}


def test_all_metrics_that_are_watched_may_vanish(blessed: Path) -> None:
    blessed_otherwise(blessed / "ward.csv", "admitted,", "admissions.of_old,")
    edit(blessed / "suite.toml", 'scenario = "ward.toml"', 'scenario = "ward.toml"\nmetrics = ["admissions.of_old"]')
    assert verdicts(check(blessed), "ward") == {"admissions.of_old": "vanished"}


def test_only_what_the_suite_asks_for_is_compared(blessed: Path) -> None:
    edit(blessed / "suite.toml", "replications = 5", 'replications = 5\nmetrics = ["cost.*"]')
    blessed_otherwise(blessed / "ward.csv", "admitted,", "admissions.of_old,")
    found = check(blessed)
    assert found.passed
    assert found.table["metric"].str.startswith("cost.").all()


def test_how_blind_the_statistical_tier_is_is_told(blessed: Path) -> None:
    """The median tolerance as a share of the mean, margins aside."""
    found = check(blessed)
    rows = found.table[(found.table["case"] == "loose") & (found.table["rule"] == "chance")]
    rows = rows[(rows["standard_error"] > 0) & (rows["baseline"] > 0)]
    assert len(rows) > 10
    percent = 100 * float((rows["tolerance"] / rows["baseline"]).median())
    assert f"move by {percent:.2g} % or more" in dict(found.notes)["loose"]


def test_margins_are_shares_of_the_baseline(blessed: Path) -> None:
    found = check(blessed)
    costs = found.table[(found.table["case"] == "loose") & found.table["metric"].str.startswith("cost.")]
    assert set(costs["rule"]) == {"margin"}
    assert (costs["tolerance"] == 0.5 * costs["baseline"].abs()).all()


def test_a_margin_that_chance_exceeds_is_told(blessed: Path) -> None:
    edit(blessed / "suite.toml", '"50%"', '"0.1%"')
    assert [case for case, note in check(blessed).notes if "chance alone exceeds: cost." in note] == ["loose"]


def test_it_is_told_that_the_scenario_or_the_version_is_another(blessed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(blessed / "ward.toml", '"Ward"', '"Our ward"')
    monkeypatch.setattr(baselines, "version", lambda: "0.1.9")
    assert [case for case, note in check(blessed).notes if "not the one that was blessed" in note] == ["ward", "loose"]
    monkeypatch.setattr(baselines, "version", lambda: "9.2.0")
    (note,) = [note for case, note in check(blessed).notes if "one line" in note]
    assert "compared with 9.2.0" in note
    assert check(blessed).passed


# --- blessing ---


def test_blessing_shows_what_moved_and_then_nothing_has(blessed: Path) -> None:
    edit(blessed / "ward.toml", "mean = 8", "mean = 12")
    found = check(blessed, blessing=True)
    assert not found.passed
    before = (blessed / "ward.csv").read_bytes()
    bless(found)
    assert (blessed / "ward.csv").read_bytes() != before
    assert check(blessed).passed


def test_a_change_that_chance_explains_does_not_move_the_baseline(blessed: Path) -> None:
    """Or many small ones would add up unseen."""
    path = blessed / "loose.csv"
    mean = read_baseline(path).table.set_index("metric")["mean"]["arrivals"]
    blessed_otherwise(path, f"arrivals,{mean:.12g},", f"arrivals,{mean + 0.01:.12g},")
    before = path.read_bytes()
    bless(check(blessed, blessing=True))
    assert path.read_bytes() == before


def test_blessing_takes_another_seed(blessed: Path) -> None:
    edit(blessed / "suite.toml", "replications = 5", "replications = 5\nseed = 3")
    bless(check(blessed, blessing=True))
    assert check(blessed).passed


def test_blessing_repairs_a_damaged_baseline_but_overwrites_nothing_else(blessed: Path) -> None:
    edit(blessed / "ward.csv", "admitted,", "<<<<<<< HEAD\nadmitted,")
    with pytest.raises(DamagedBaseline):
        read_baseline(blessed / "ward.csv")
    bless(check(blessed, blessing=True))
    assert check(blessed).passed
    (blessed / "ward.csv").write_text("patient,age\n1,40\n")
    assert "is not a baseline" in refused(blessed, blessing=True)


@pytest.mark.parametrize(("call", "number"), [("fsync", 2), ("replace", 2), ("replace", 4), ("replace", 6)])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_blessing_that_fails_or_is_stopped_leaves_everything_as_it_was(
    blessed: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, fault: BaseException
) -> None:
    before = {path.name: path.read_bytes() for path in blessed.iterdir() if path.suffix == ".csv"}
    edit(blessed / "ward.toml", "mean = 8", "mean = 12")
    found = check(blessed, blessing=True)
    original, seen = getattr(os, call), []

    def faulty(*arguments: object) -> object:
        seen.append(arguments)
        if len(seen) == number:
            raise fault
        return original(*arguments)

    monkeypatch.setattr(os, call, faulty)
    with pytest.raises(type(fault)) as raised:
        bless(found)
    monkeypatch.undo()
    assert before == {path.name: path.read_bytes() for path in blessed.iterdir() if path.suffix != ".toml"}
    if isinstance(raised.value, OSError):
        assert raised.value.filename == str(blessed)
        assert raised.value.strerror == "No space left on device; no baseline was written"
    bless(found)
    assert before != {name: (blessed / name).read_bytes() for name in before}
