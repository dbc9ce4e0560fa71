"""The commands `explain`, `story` and `warmup`."""

import re
from pathlib import Path

import pytest
from cli.commands import FEW, FILES, Command, files, one_spaced, refused
from support import CLINIC


def test_explain_has_a_table_for_each_split(stepdown: Command) -> None:
    spoken = stepdown("explain", "clinic.toml", "wider.toml", "days_well", *FEW)
    assert (spoken.status, spoken.err) == (0, "")
    for what in ("level", "reason", "severity", "housing"):
        assert f" (days) by {what}: Wider minus Clinic" in spoken.out
    assert "Who took another path" in spoken.out
    totals = [one_spaced(line).split() for line in spoken.out.splitlines() if line.startswith("total")]
    assert len(totals) == 5
    assert len({total[3] for total in totals[:4]}) == 1
    assert totals[0][3] in totals[4]
    compared = stepdown("compare", "clinic.toml", "wider.toml", *FEW, "--metric", "days_well").out
    row = next(line for line in compared.splitlines() if " days_well " in line)
    change = float(re.findall(r" ([+-][\d.]+) \(", row)[0])
    assert change == pytest.approx(float(totals[0][3]), abs=0.05)


def test_explain_shows_so_many_paths_as_wanted(stepdown: Command) -> None:
    arguments = ("explain", "clinic.toml", "wider.toml", "days_well", *FEW)
    one, whole = (stepdown(*arguments, "--whole-paths", "--most", most).out for most in ("1", "30"))
    assert "all other changes" in one
    assert len(whole.splitlines()) > len(one.splitlines())
    assert "(completed) > outpatient (completed)" in whole


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cost.total",), ("'cost.total' cannot be split", "no sum over the cohort")),
        (("days_wel",), ("no metric 'days_wel'", "Did you mean days_well?")),
        (("relapse.365_days",), ("'relapse.365_days' is no metric of Clinic", "Did you mean relapse.")),
        (("days_well", "--replications", "0"), ("replications must be a whole number from 1",)),
        (("days_well", "--set", "levels.outpatient.cost_per_dya=1"), ("cost_per_dya", "cost_per_day")),
    ],
)
def test_explain_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    spoken = stepdown("explain", "clinic.toml", "wider.toml", *arguments)
    if "--set" in arguments:
        assert (spoken.status, spoken.out) == (2, "")
        assert len(spoken.err.splitlines()) == 2
        assert all(word in spoken.err for word in said)
        return
    refused(spoken, *said)


def test_story_of_a_patient(stepdown: Command) -> None:
    spoken = stepdown("story", "clinic.toml", "wider.toml", "--patient", "80")
    assert (spoken.status, spoken.err) == (0, "")
    first, *rest = spoken.out.splitlines()
    assert re.fullmatch(
        r"Patient 80: severity (mild|severe), housing (stable|none)(, (frail|hardi)er than most)?", first
    )
    assert one_spaced(rest[1]) == "day Clinic Wider"
    assert "days abstinent" in rest[-2] or "days abstinent" in rest[-3]
    assert rest[-1].startswith("Every other scenario runs as Clinic until day 60, the end of the warm-up")
    assert stepdown("story", "clinic.toml", "wider.toml", "--patient", "80").out == spoken.out
    others = [
        stepdown("story", "clinic.toml", "wider.toml", "--patient", "80", *more).out
        for more in (("--seed", "2"), ("--replication", "1"))
    ]
    assert len({spoken.out, *others}) == 3


def test_story_of_the_most_changed(stepdown: Command) -> None:
    by_default = stepdown("story", "clinic.toml", "wider.toml")
    well = stepdown("story", "clinic.toml", "wider.toml", "--most-changed", "days_well")
    relapsed = stepdown("story", "clinic.toml", "wider.toml", "--most-changed", "relapse.90_days")
    assert by_default == well
    assert well.status == relapsed.status == 0
    assert well.out != relapsed.out


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_story_as_a_figure(stepdown: Command, kind: str, start: bytes) -> None:
    spoken = stepdown("story", "clinic.toml", "wider.toml", "--figure", f"life.{kind}")
    assert (spoken.status, spoken.err) == (0, f"wrote life.{kind}\n")
    assert spoken.out.startswith("Patient ")
    assert Path(f"life.{kind}").read_bytes().startswith(start)


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--patient", "3", "--most-changed", "days_well"), ("state --patient or --most-changed, not both",)),
        (("--patient", "many"), ("--patient", "valid integer")),
        (("--figure", "life.jpg"), ("life.jpg: a figure must end in .png, .svg or .pdf",)),
        (("--figure", "life"), ("a figure must end in",)),
        (("--figure", "no/life.png"), ("no/life.png: there is no folder",)),
        (("--replication", "-1"), ("replication", "-1")),
        (("--seed", "-1"), ("seed must be",)),
    ],
)
def test_story_refuses_before_anything_is_simulated(
    stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    refused(stepdown("story", "clinic.toml", "wider.toml", *arguments), *said)
    assert files() == set(FILES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--patient", "99999"), ("patient 99999",)),
        (("--patient", "-1"), ("patient -1",)),
        (("--most-changed", "days_wel"), ("no metric 'days_wel'", "Did you mean days_well?")),
        (("--most-changed", "cost.total"), ("'cost.total' cannot be split",)),
    ],
)
def test_story_of_nobody(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(stepdown("story", "clinic.toml", "wider.toml", *arguments, "--figure", "life.png"), *said)
    assert not Path("life.png").exists()


def test_warmup_judges_each_series(stepdown: Command) -> None:
    spoken = stepdown("warmup", "clinic.toml", *FEW)
    assert (spoken.status, spoken.err) == (0, "")
    title, _, *rows, verdict = spoken.out.splitlines()
    assert title.rstrip() == "How long the system takes to settle (MSER-5), and how it moves after the window"
    series = [f"{kind}.{level}" for level in ("residential", "outpatient") for kind in ("census", "queue", "wait")]
    assert [row.split()[0] for row in rows] == [*series, "asks.all"]
    assert all(row.split()[1] == "60" for row in rows)
    assert verdict.startswith("A warm-up of 60 days was not found to be too short, but may be, for census.residential")


def test_a_warm_up_that_is_too_short(stepdown: Command) -> None:
    """Stays of 200 days on average, measured from the day on which the doors open."""
    slow = ("--set", "time.warm_up_days=0", "--set", "levels.outpatient.length_of_stay.mean=200")
    spoken = stepdown("warmup", "clinic.toml", "--replications", "6", *slow)
    assert spoken.status == 0
    assert spoken.out.splitlines()[-1].startswith("A warm-up of 0 days is too short: ")
    assert "census.outpatient" in spoken.out.splitlines()[-1]
    ran = stepdown("run", "clinic.toml", "--replications", "6", *slow, "--metric", "arrivals")
    assert ran.status == 0
    assert "\nwarning: not at rest after a warm-up of 0 days: " in ran.out
    assert ran.out.splitlines()[1].endswith(" (see stepdown warmup)")


def test_warmup_as_a_figure(stepdown: Command) -> None:
    spoken = stepdown("warmup", "clinic.toml", *FEW, "--figure", "full.svg")
    assert (spoken.status, spoken.err) == (0, "wrote full.svg\n")
    assert Path("full.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        (("--set", "arrivals={'closed_cohort': 20}"), None),
        (
            ("--set", "time.warm_up_days=0", "--set", "time.recruitment_days=10", "--set", "time.follow_up_days=30"),
            # Three replications find one interval beyond 10 %, but not beyond the chance that one of many is.
            "A warm-up of 0 days was not found to be too short, but may be, for census.residential (+43.9 % to ",
        ),
    ],
)
def test_warmup_where_it_cannot_tell(stepdown: Command, settings: tuple[str, ...], verdict: str | None) -> None:
    if verdict is None:
        cohort = CLINIC.replace("per_day = 1.0", "closed_cohort = 20")
        cohort = cohort.replace("warm_up_days = 60\nrecruitment_days = 60\n", "")
        Path("closed.toml").write_text(cohort)
        spoken = stepdown("warmup", "closed.toml", *FEW)
        verdict = "There is no warm-up to judge: everyone is present, or asks, on day 0."
    else:
        spoken = stepdown("warmup", "clinic.toml", *FEW, *settings)
    assert spoken.status == 0
    assert spoken.out.splitlines()[-1].startswith(verdict)
    assert "nan" not in spoken.out


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clinic.toml", "--figure", "full.gif"), ("full.gif: a figure must end in .png, .svg or .pdf",)),
        (("clnic.toml",), ("clnic.toml: there is no such file", 'Did you mean "clinic.toml"')),
        (("clinic.toml", "--replications", "0"), ("replications must be a whole number from 1",)),
    ],
)
def test_warmup_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(stepdown("warmup", *arguments), *said)
