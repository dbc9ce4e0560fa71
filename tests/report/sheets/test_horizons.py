"""The tables of answers against warm-up and against follow-up."""

import pytest

from sim.report.render.markdown import marks_of, part_of, with_part
from sim.report.sheets import horizons
from sim.report.sheets.horizons import horizons_sheets, shipped_answers

MARKS = marks_of("horizons")


def test_two_tables_between_the_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(horizons, "RECRUITMENT", 20.0)
    monkeypatch.setattr(horizons, "WARM_UPS", (10.0, 20.0))
    monkeypatch.setattr(horizons, "FOLLOW_UPS", (30.0,))
    monkeypatch.setattr(horizons, "QUESTIONS", (("residential_only", ("hybrid",)),))
    shown: list[tuple[int, int]] = []
    # Of the phases that a table does not vary, the shipped lengths are years.
    short = {"time.warm_up_days": 20.0, "time.recruitment_days": 20.0, "time.follow_up_days": 60.0}
    load = horizons.load_scenario
    monkeypatch.setattr(horizons, "load_scenario", lambda name: load(name).with_overrides(short))
    answers = shipped_answers(progress=lambda done, of: shown.append((done, of)), replications=2)
    assert shown[-1][0] == shown[-1][1] == 12
    part = part_of("horizons", horizons_sheets(answers))
    assert "| answers against warm-up | 10 days | 20 days |" in part
    assert "| answers against follow-up | 30 days |" in part
    assert part.count("| `hybrid` over `residential_only`: days abstinent |") == 2
    assert sum(cell != "" for sheet in horizons_sheets(answers) for row in sheet.rows for cell in row[1:]) == len(
        answers
    )
    page = with_part(f"before\n{MARKS.begin}\n{MARKS.end}\nafter\n", part, MARKS)
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
