"""The sentence that says from which day on scenarios are themselves, and where it is said."""

import pytest
from experiment.systems import small

import sim
from sim.files.provenance import Provenance
from sim.report.change import AS_THEMSELVES, change_line
from sim.report.page import report_page
from sim.report.unrest import unrest
from sim.scenario.change import DatedChange, Lists

TIME = {"warm_up_days": 40, "recruitment_days": 40, "follow_up_days": 40}


@pytest.mark.parametrize(
    ("day", "lists", "said"),
    [
        (
            40,
            "carry_over",
            "until day 40, the end of the warm-up, and from then on as itself (those who wait then wait on)",
        ),
        (30, "carry_over", "until day 30, 10 days before the window of measurement begins, and"),
        (
            52.5,
            "entry_rules",
            "day 52.5, 12.5 days into the window of measurement, which are so the same in all, and from",
        ),
        (40, "entry_rules", "(those who then wait outside care are placed anew)"),
    ],
)
def test_it_says_when_and_what_becomes_of_lists(day: float, lists: Lists, said: str) -> None:
    base = small(time=TIME)
    line = change_line("today", DatedChange(base, base, day, lists))
    assert said in line
    assert line.startswith("Every other scenario runs as today until day ")
    assert change_line("today", None) == AS_THEMSELVES


@pytest.mark.usefixtures("undrawn")
def test_the_report_says_it_in_the_brief_and_judges_the_warm_up_of_the_baseline_alone() -> None:
    base = small(time=TIME)
    arms = {"today": base, "more": base.with_overrides({"places.beds.capacity": 8})}
    for change_on, judged in ((None, 1), ("start", 2)):
        study = sim.compare(arms, 5, change_on=change_on)  # type: ignore[arg-type]
        page = report_page(study, Provenance("1", {}))
        sections = {section.key: section for section in page.sections}
        assert page.brief is not None
        when = "at once on day 40 of the simulation" if study.change else "Each programme runs as itself"
        assert when in page.brief.clock
        facts = [name for part in sections["certainty"].parts for name, _ in part.facts]
        assert sum(name.startswith("Warm-up") for name in facts) == judged
        method = dict(sections["method"].parts[0].facts)
        assert method.get("Change") == ("on day 40, from today; lists carried over" if study.change else None)


def test_a_transition_that_goes_on_is_no_short_warm_up() -> None:
    """Beds for ten more, in stays of eight days, and thirty a day: the lists of the new year only begin to shrink."""
    base = small(time={**TIME, "warm_up_days": 60}, arrivals={"per_day": 3.0}).with_overrides(
        {"levels.ward.patience": None}
    )
    study = sim.compare({"base": base, "more": base.with_overrides({"places.beds.capacity": 12})}, 5)
    said = {label: " ".join(unrest(result)) for label, result in study.results.items()}
    assert said["base"].startswith("not at rest after a warm-up of 60 days")
    assert "the change of day 60 is still under way after what is measured" in said["more"]
    assert "warm-up" not in said["more"]
