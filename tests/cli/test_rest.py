"""The command that brings a scenario file to rest."""

from pathlib import Path

from cli.commands import Command, refused
from support import WARD

import sim

QUIET = WARD.replace("per_day = 1.0", "per_day = 0.1").replace("capacity = 12", "capacity = 12 # beds")
"""Some 37 people a year, who are well at home for the rest of their lives, or for a year on average."""
EXITS = "[exits]\nmoving_away_per_year = 1.0 # a year on average\n"


def test_it_writes_the_pool_that_a_long_run_comes_to(stepdown: Command) -> None:
    Path("quiet.toml").write_text(QUIET + EXITS)
    status, out, err = stepdown("rest", "quiet.toml")
    assert (status, err) == (0, "wrote quiet.toml\n")
    lines = out.splitlines()
    assert lines[0] == "in the last of 40 years they were 0.000 of all calls"
    written, text = sim.load_scenario("quiet.toml"), Path("quiet.toml").read_text()
    assert f"people known, at rest: {written.known.well.people}, of whom 0 using" in lines[1]
    assert abs(written.known.well.people - 36.5) < 4 * (36.5 / 2) ** 0.5
    assert "capacity = 12 # beds" in text
    assert "moving_away_per_year = 1.0 # a year on average" in text


def test_what_would_be_written_may_be_looked_at_first(stepdown: Command) -> None:
    Path("quiet.toml").write_text(QUIET + EXITS)
    status, out, err = stepdown("rest", "quiet.toml", "--dry-run", "--replications", "1")
    assert (status, err) == (0, "")
    assert out.startswith("in the last of")
    assert Path("quiet.toml").read_text() == QUIET + EXITS


def test_without_rest_nothing_is_written(stepdown: Command) -> None:
    Path("quiet.toml").write_text(QUIET)
    refused(stepdown("rest", "quiet.toml", "--replications", "1"), "no rest in 160 years", "exits.moving_away_per_year")
    assert Path("quiet.toml").read_text() == QUIET
    Path("link.toml").symlink_to("quiet.toml")
    refused(stepdown("rest", "link.toml"), "is a link")
    calls = QUIET.replace("per_day = 0.1", "calls_per_month = 3\nknown_share = 0.5")
    Path("calls.toml").write_text(calls)
    refused(stepdown("rest", "calls.toml"), "50.0% of calls cannot be of people known already")
