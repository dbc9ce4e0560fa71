"""A stored psa beside a study: the same scenarios, both intervals, verdicts as shares of draws."""

import dataclasses
from typing import Any

import pytest
from support import briefly

import sim
from sim.experiment.psa import PsaResult
from sim.files.provenance import Provenance
from sim.report.brief import brief_html, brief_of
from sim.report.brief.arms import arms_of
from sim.report.brief.facts import Quantity
from sim.report.draws import matched
from sim.report.page import report_page
from sim.report.sheets.numbers import rounded_by
from sim.report.sheets.uncertainty import share_text
from sim.scenario import Scenario

NAMES = ("residential_only", "hybrid")


def arms(**changes: Any) -> dict[str, Scenario]:
    return {name: briefly(name).with_overrides(changes) for name in NAMES}


@pytest.fixture(scope="module")
def study() -> sim.Study:
    return sim.compare(arms(), replications=3)


@pytest.fixture(scope="module")
def psa() -> PsaResult:
    return sim.psa({f"as {name}": scenario for name, scenario in arms().items()}, 10, 2)


def test_a_difference_has_the_numbers_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    known = psa.differences(["days_well", "cost.total"]).set_index("metric").to_dict("index")
    told = arms_of(study, psa)
    for metric, row in known.items():
        change, word = told.difference("hybrid", metric)
        names = ("difference", "inputs_low", "inputs_high", "simulation_low", "simulation_high")
        shown = (change.value, change.inputs_low, change.inputs_high, change.low, change.high)
        assert shown == pytest.approx([row[name] for name in names])
        share = max(row["better_in"], 1 - row["better_in"])
        side = "better" if row["better_in"] >= 0.5 else "worse"
        assert (word, told.verdict_text("hybrid", metric)) in [
            (side, f"{side} in {share_text(share)} of draws"),
            ("may be chance", "may be chance"),
        ]


def test_levels_have_both_intervals(study: sim.Study, psa: PsaResult) -> None:
    level = arms_of(study, psa).level("hybrid", "days_well")
    assert level.value == pytest.approx(psa.values("days_well")[:, :, 1].mean())
    assert level.limits.count(" to ") == 2
    assert "; " in level.limits


def test_a_number_lies_within_both_intervals_beside_it() -> None:
    """238,500 to the hundred thousands that the inputs leave of it would lie outside what chance does."""
    chance = 229_000.0, 248_000.0
    told = Quantity(238_500.0, *chance, "USD", True, -100_000.0, 900_000.0)
    assert (told.number, told.limits) == ("+238,000", "-100,000 to +900,000; +229,000 to +248,000")
    wide = Quantity(204_000.0, 180_000.0, 230_000.0, "USD", True, -100_000.0, 900_000.0)
    assert wide.number == "+200,000"
    assert rounded_by(-4.0, (-4.0, -4.0), (-6.4, -1.6)) == (-6.4, -1.6)
    assert rounded_by(300_000.0, (-100_000.0, 900_000.0), chance) == (-100_000.0, 900_000.0)


def test_what_is_told_without_draws_says_so(study: sim.Study, psa: PsaResult) -> None:
    """Who pays adds up to society's cost at the inputs as stated, which is not the mean of draws."""
    told = "Told at the inputs as stated, not of draws"
    page = brief_html(study, psa=psa)
    paying = page.index("Who pays more or less</h2>")
    assert told in page[paying : page.index("<thead>", paying)]
    assert told not in brief_html(study)


def test_the_brief_says_in_which_share_of_draws(study: sim.Study, psa: PsaResult) -> None:
    brief = brief_of(study, psa=psa)
    (option,) = brief.options
    assert option.verdict.endswith(" of draws")
    assert "10 draws of" in brief.sure
    assert "inputs were not varied" not in brief_html(study, psa=psa)
    assert "these inputs" not in brief_html(study, psa=psa)
    assert str(brief.picture) == str(brief_of(study).picture)


def test_the_report_tells_the_draws_in_its_answer(study: sim.Study, psa: PsaResult) -> None:
    page = report_page(study, Provenance.of_now(), psa=psa)
    answer = next(section for section in page.sections if section.key == "answer")
    titles = [sheet.title for part in answer.parts for sheet in part.sheets]
    assert any("what uncertain inputs leave open" in title for title in titles)
    assert any("Chance of being the best" in title for title in titles)


def test_a_psa_of_other_scenarios_is_refused(study: sim.Study, psa: PsaResult) -> None:
    assert matched(psa, study).scenarios == list(NAMES)
    other = sim.compare(arms(**{"places.residential_beds.capacity": 39}), replications=2)
    with pytest.raises(ValueError, match="psa is of other scenarios: residential_only, hybrid are not among"):
        brief_of(other, psa=psa)
    turned = sim.Study({name: study.results[name] for name in reversed(NAMES)})
    with pytest.raises(ValueError, match="name the same baseline first"):
        matched(psa, turned)
    few = dataclasses.replace(psa, outcomes=psa.outcomes[psa.outcomes["draw"] < 4])
    with pytest.raises(ValueError, match="has 4 draws"):
        matched(few, study)
    later = sim.compare(arms(), replications=2, change_on=90)
    with pytest.raises(ValueError, match="differ in --change-on or --lists"):
        matched(psa, later)
