"""A stored psa beside a study: the same scenarios, both intervals, verdicts as shares of draws."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from experiment.psa.made import analysis
from experiment.psa.test_psa import ward
from support import briefly

import sim
from sim.analysis.uncertainty import spread_of
from sim.experiment.psa import PsaResult
from sim.experiment.psa.matching import matched
from sim.files.provenance import Provenance
from sim.outcomes.headline import OF_GROUPS
from sim.report.brief import brief_html, brief_of
from sim.report.brief.arms import arms_of
from sim.report.brief.facts import Quantity
from sim.report.brief.gains import explained
from sim.report.drawn_verdicts import verdict_of_draws
from sim.report.page import report_page
from sim.report.page_parts import Account
from sim.report.pictures import page_pictures
from sim.report.pictures.differences import differences
from sim.report.pictures.places import occupancies
from sim.report.pictures.waits import waits
from sim.report.render.csv import csv_text
from sim.report.render.json_answers import of_psa
from sim.report.sections import cost
from sim.report.sheets.groups import gap_sheet, group_differences
from sim.report.sheets.money import perspective_sheets, window_sheets
from sim.report.sheets.numbers import records_of, rounded_by
from sim.report.sheets.outcomes import measured, outcome_sheets
from sim.report.sheets.people import census_sheet
from sim.report.sheets.sheet import Amount, Sheet
from sim.report.sheets.shown import Value, everything
from sim.report.sheets.targets import are_missed, not_of_draws, targets_sheets, targets_told, verdict
from sim.report.sheets.uncertainty import (
    deciding_line,
    psa_parts,
    ranking_sheet,
    share_text,
    stability_line,
    worth_of,
)
from sim.scenario import Scenario

NAMES = ("residential_only", "hybrid")
INPUTS = ["levels.residential.cost_per_day", "relapse.shape", "frailty.sd"]


def arms(**changes: Any) -> dict[str, Scenario]:
    return {name: briefly(name).with_overrides(changes) for name in NAMES}


@pytest.fixture(scope="module")
def study() -> sim.Study:
    return sim.compare(arms(), replications=3)


@pytest.fixture(scope="module")
def psa() -> PsaResult:
    """With few of the inputs that were drawn, as what each is worth takes its time."""
    whole = sim.psa({f"as {name}": scenario for name, scenario in arms().items()}, 10, 2)
    return dataclasses.replace(whole, inputs=whole.inputs[["scenario", "draw", *INPUTS]])


def beside(psa: PsaResult, study: sim.Study) -> PsaResult:
    return matched(psa, study.scenarios, study.change)


def test_a_difference_has_the_numbers_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    known = psa.differences(["days_well", "cost.total"]).set_index("metric").to_dict("index")
    told = arms_of(study, psa)
    for metric, row in known.items():
        change, word = told.difference("hybrid", metric)
        names = ("difference", "inputs_low", "inputs_high", "simulation_low", "simulation_high")
        shown = (change.value, change.inputs_low, change.inputs_high, change.low, change.high)
        assert shown == pytest.approx([row[name] for name in names])
        better = row["better_in"] >= 0.5
        ends = row["better_low"], row["better_high"]
        share, low, high = (row["better_in"], *ends) if better else (1 - row["better_in"], 1 - ends[1], 1 - ends[0])
        side = "better" if better else "worse"
        assert (word, told.verdict_text("hybrid", metric)) in [
            (side, f"{side} in {share_text(share, low, high)} of draws"),
            ("undecided", "undecided"),
            ("may be chance", "may be chance"),
        ]


def test_levels_have_both_intervals(study: sim.Study, psa: PsaResult) -> None:
    level = arms_of(study, psa).level("hybrid", "days_well")
    assert level.value == pytest.approx(psa.values("days_well")[:, :, 1].mean())
    assert level.limits.count(" to ") == 1
    assert ") ±" in level.both


def test_a_number_lies_within_both_intervals_beside_it() -> None:
    """238,500 to the hundred thousands that the inputs leave of it would lie outside what chance does."""
    chance = 229_000.0, 248_000.0
    told = Quantity(238_500.0, *chance, "USD", True, -100_000.0, 900_000.0)
    assert (told.number, told.both) == ("+238,000", "(-100,000 to +900,000) ±10,000")
    wide = Quantity(204_000.0, 180_000.0, 230_000.0, "USD", True, -100_000.0, 900_000.0)
    assert wide.number == "+200,000"
    assert rounded_by(-4.0, (-4.0, -4.0), (-6.4, -1.6)) == (-6.4, -1.6)
    assert rounded_by(300_000.0, (-100_000.0, 900_000.0), chance) == (-100_000.0, 900_000.0)


def table_of(psa: PsaResult, metric: str) -> np.ndarray:
    """(draws, replications, scenarios) of a stored metric, taken from the table by hand."""
    rows = psa.outcomes.set_index(["draw", "replication", "scenario"])[metric].unstack()
    return rows[psa.scenarios].to_numpy().reshape(10, 2, 2)


def both_by_hand(values: np.ndarray) -> tuple[float, float, float]:
    """The mean over draws, and where chance leaves it, of values (10 draws, 2 replications)."""
    half = 1.959964 * np.sqrt(values.var(axis=1, ddof=1).mean() / values.size)
    return values.mean(), values.mean() - half, values.mean() + half


def test_the_picture_of_places_is_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    """By hand from the stored table: 40 beds, for which only those wait who ask for residential care."""
    picture = brief_of(study, psa=psa).picture
    assert (picture.stated, picture.intervals) == ("", "in 95 % of draws; ± chance")
    kind = next(each for each in picture.kinds if each.title == "Residential beds")
    beds = table_of(psa, "occupancy.residential_beds") * 40
    line = table_of(psa, "queue.residential.mean")
    lost = table_of(psa, "reneged.residential") * table_of(psa, "asks.residential") * 365 / 60
    assert lost.mean() > 0
    for j, row in enumerate(kind.rows):
        for quantity, values in ((row.used, beds), (row.waiting, line), (row.lost, lost)):
            assert (quantity.value, quantity.low, quantity.high) == pytest.approx(both_by_hand(values[:, :, j]))
            assert quantity.inputs_low < quantity.value < quantity.inputs_high
        assert row.marks.used.count("M") == np.ceil(beds[:, :, j].mean() - 0.05)
    apart = lost[:, :, 1] - lost[:, :, 0]
    change = kind.rows[1].lost_change
    assert (change.value, change.low, change.high) == pytest.approx(both_by_hand(apart))
    side = "better" if change.value < 0 else "worse"
    assert kind.rows[1].lost_told.removeprefix("undecided: ").startswith(f"{side} in ")
    iop = next(each for each in picture.kinds if each.title.startswith("Seats"))
    assert iop.finding.endswith(" with the option, higher in over 72 % of draws")


def test_who_pays_adds_up_to_society_over_draws(study: sim.Study, psa: PsaResult) -> None:
    paying = brief_of(study, psa=psa).paying
    assert paying is not None
    amounts = [float(cell.replace(",", "")) for cell in paying.rows[0][1:]]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1])
    apart = np.diff(table_of(psa, "cost.system.society"))[:, :, 0]
    assert amounts[-1] == pytest.approx(apart.mean(), abs=10)
    medicaid = np.diff(table_of(psa, "cost.payer.medicaid.total")).mean()
    assert amounts[paying.columns.index("Medicaid")] == pytest.approx(medicaid, abs=10)
    assert paying.stated == ""


def without(psa: PsaResult, begins: str) -> PsaResult:
    """As an earlier version kept it."""
    kept = [name for name in psa.about["metrics"] if not name.startswith(begins)]
    return dataclasses.replace(psa, about={**psa.about, "metrics": kept})


def test_a_psa_of_an_earlier_version_leaves_parts_at_the_inputs_as_stated(study: sim.Study, psa: PsaResult) -> None:
    stated, older = brief_of(study), brief_of(study, psa=without(psa, "asks."))
    assert str(older.picture.kinds) == str(stated.picture.kinds)
    lacking = "lack what this takes (asks.detox, asks.residential and 2 more); stepdown psa with another --out keeps it"
    assert lacking in older.picture.stated
    assert older.paying == brief_of(study, psa=psa).paying
    assert lacking in brief_html(study, psa=without(psa, "asks."))
    unpaid = brief_of(study, psa=without(psa, "cost.payer."))
    assert unpaid.paying is not None
    assert stated.paying is not None
    assert unpaid.paying.rows == stated.paying.rows
    assert "cost.payer.medicaid.total" in unpaid.paying.stated
    assert str(unpaid.picture) == str(brief_of(study, psa=psa).picture)


GROUPED = {f"days_well[housing: {group}]": ["housing", group, "days_well"] for group in ("stable", "unstable")}


def with_groups(psa: PsaResult) -> PsaResult:
    """With two groups that have a day less and two more than everybody; with the option, in all but one draw, three
    more."""
    days, of_option = psa.outcomes["days_well"], psa.outcomes["scenario"] == "as hybrid"
    more = np.where(psa.outcomes["draw"] == psa.draws[0], 1.0, 3.0)
    values = dict(zip(GROUPED, (days - 1, days + np.where(of_option, more, 2.0)), strict=True))
    return dataclasses.replace(
        psa, about={**psa.about, "groups": GROUPED}, outcomes=psa.outcomes.assign(**values).copy()
    )


def test_groups_are_told_of_the_draws_that_kept_them(study: sim.Study, psa: PsaResult, tmp_path: Path) -> None:
    """By hand: both gain what everybody does, and the unstable one more, or one less in one draw of ten."""
    grouped = with_groups(psa)
    stated, brief = brief_of(study, psa=psa), brief_of(study, psa=grouped)
    assert "Groups are told of draws by stepdown psa --by each" in stated.groups_stated
    others = {column: ["another", group, metric] for column, (_, group, metric) in GROUPED.items()}
    of_others = dataclasses.replace(grouped, about={**grouped.about, "groups": others})
    assert brief_of(study, psa=of_others).groups_stated == stated.groups_stated
    assert stated.options[0].gains == brief_of(study).options[0].gains
    lacking = "Groups by severity, co_occurring, employed, substance and age are left out: the draws have none."
    assert brief.groups_stated.startswith(lacking)
    assert lacking in " ".join(
        filter(lambda part: isinstance(part, str), everything(study, Value(psa=grouped), False, True))
    )
    gains = brief.options[0].gains
    assert " of draws" in gains
    assert "wider between people without a stable home and people with a stable home (" in gains
    rows = group_differences(study, measured(study, OF_GROUPS), beside(grouped, study)).set_index("group")
    apart = np.diff(table_of(psa, "days_well"))[:, :, 0]
    assert rows["metric"].tolist() == ["days_well"] * 2
    change, low, high = both_by_hand(apart)
    assert rows.loc["stable", ["difference", "ci_low", "ci_high"]].tolist() == pytest.approx([change, low, high])
    assert rows.loc["unstable", "difference"] == pytest.approx(change + 0.8)
    page = report_page(study, Provenance.of_now(), psa=grouped)
    parts = next(section for section in page.sections if section.key == "equity").parts
    assert any(line.startswith(lacking) for line in parts[0].lines)
    (sheet,) = (sheet for part in parts if part.heading == "Each group of patients" for sheet in part.sheets)
    told = sheet.texts[1][2]
    assert (told.count(" to "), " of draws" in told) == (2, True)
    assert "inputs low" in csv_text(sheet).splitlines()[0]
    gap = gap_sheet(study, measured(study), beside(grouped, study))
    assert isinstance(gap, Sheet)
    assert gap.texts[0][1:3] == ("people without a stable home and people with a stable home", "3.0")
    study.save(tmp_path / "out", grouped)
    equity = pd.read_csv(tmp_path / "out" / "equity.csv").dropna(subset="mean_of_draws")
    assert equity["mean_of_draws"].sum() == pytest.approx(2 * table_of(psa, "days_well").mean(axis=(0, 1)).sum() + 2.8)
    (kept,) = pd.read_csv(tmp_path / "out" / "gaps.csv").dropna(subset="change_of_draws").to_dict("records")
    assert (kept["change_of_draws"], kept["wider_in"]) == pytest.approx((0.8, 0.9))


def test_drawn_numbers_of_places_leave_the_picture_at_the_inputs_as_stated(study: sim.Study, psa: PsaResult) -> None:
    drawn = dataclasses.replace(psa, inputs=psa.inputs.assign(**{"places.detox_beds.capacity": 6}))
    assert brief_of(study, psa=drawn).picture.stated.endswith("How many places there are is itself drawn.")


def test_what_is_told_without_draws_says_so(study: sim.Study, psa: PsaResult) -> None:
    """Groups are told at the inputs as stated where draws have none."""
    told = "Told at the inputs as stated, not of draws"
    page = brief_html(study, psa=psa)
    paying = page.index("Who pays more or less</h2>")
    assert told not in page[paying : page.index("<thead>", paying)]
    assert told in page[page.index("Who gains and who loses") : paying]
    assert told not in brief_html(study)
    # What chance does stands on a line of its own where a screen is narrow.
    assert re.search(r'<span class="whole">\([^;<]+\)</span> <span class="whole">±[^;<]+</span>', page)


def test_the_brief_says_in_which_share_of_draws_and_which_input_decides(study: sim.Study, psa: PsaResult) -> None:
    brief = brief_of(study, psa=psa)
    lines = " ".join(brief.turning)
    assert "To know every input before deciding would be worth" in lines
    assert "10 draws are few for 3 inputs" in lines
    (option,) = brief.options
    assert option.verdict.endswith(" draws")
    assert "10 draws of" in brief.sure
    assert "told as over 72 % of them" in brief.sure
    assert "inputs were not varied" not in brief_html(study, psa=psa)
    assert "these inputs" not in brief_html(study, psa=psa)
    assert "stepdown tornado" in " ".join(brief_of(study).turning)


@pytest.mark.usefixtures("undrawn")
def test_the_report_tells_the_draws_in_its_answer(study: sim.Study, psa: PsaResult) -> None:
    page = report_page(study, Provenance.of_now(), psa=psa)
    answer = next(section for section in page.sections if section.key == "answer")
    titles = [sheet.title for part in answer.parts for sheet in part.sheets]
    assert any("what uncertain inputs leave open" in title for title in titles)
    assert any("Chance of being the best" in title for title in titles)


def test_several_options_are_ranked_by_expected_net_benefit(study: sim.Study, psa: PsaResult) -> None:
    """A third scenario that is the second one cannot be told from it."""
    other = psa.outcomes[psa.outcomes["scenario"] == "as hybrid"].assign(scenario="twin")
    about = {**psa.about, "scenarios": {**psa.about["scenarios"], "twin": psa.about["scenarios"]["as hybrid"]}}
    three = PsaResult(about, psa.inputs, pd.concat([psa.outcomes, other], ignore_index=True))
    worth = worth_of("qaly", "society")
    titles = [part.title for part in psa_parts(three, worth) if isinstance(part, Sheet)]
    assert any("best on average, at 100,000 USD per QALY" in title for title in titles)
    assert not any("best on average, at" in part.title for part in psa_parts(psa, worth) if isinstance(part, Sheet))


def test_shares_are_ranked_in_per_cent_and_apart_in_points(psa: PsaResult) -> None:
    worth = worth_of("qaly", "society")
    assert worth is not None
    sheet = ranking_sheet(psa, "retention.90_days", "mean", worth)
    known = psa.ranking("retention.90_days")
    assert [head for head in sheet.heads if "," in head][:2] == ["mean, %", "behind the best, points"]
    behind = sheet.rows[1][2]
    assert isinstance(behind, Amount)
    assert behind.value == pytest.approx(100 * known["behind"][1])
    assert "points (standard error" in stability_line(psa, worth, "retention.90_days")


def test_what_inputs_do_not_move_is_said_of_an_order_as_of_differences(psa: PsaResult) -> None:
    worth = worth_of("qaly", "society")
    assert worth is not None
    still = hanging(psa, 0.0, 1)
    known = records_of(still.ranking(threshold=worth.threshold))[1]
    assert known["inputs_low"] == pytest.approx(known["inputs_high"])
    assert ranking_sheet(still, "net_benefit", "mean", worth).rows[1][3] == "none found"


def test_how_often_a_scenario_is_best_has_its_interval(psa: PsaResult) -> None:
    worth = worth_of("qaly", "society")
    assert worth is not None
    drawn = hanging(psa, 1_000.0, 1)
    known = drawn.ranking(by="chance", threshold=worth.threshold)
    assert ((known["chance_low"] < known["chance"]) & (known["chance"] < known["chance_high"])).all()
    told = [str(row[5]) for row in ranking_sheet(drawn, "net_benefit", "chance", worth).rows]
    ends = zip(known["chance"], known["chance_low"], known["chance_high"], strict=True)
    assert told == [f"{100 * share:.0f} % ({100 * low:.0f} to {100 * high:.0f})" for share, low, high in ends]


def hanging(psa: PsaResult, cost_of_share: float, others: int) -> PsaResult:
    """32 draws, in which the option costs so much more by one of its inputs, beside others that nothing hangs on."""
    names = [INPUTS[0], *(f"other.{number}" for number in range(others))]
    shares = np.random.default_rng(1).standard_normal((32, len(names)))
    inputs = pd.DataFrame(shares, columns=names).assign(scenario="as hybrid", draw=range(32))
    cost = "cost.per_patient_discounted.society"
    one = psa.outcomes[psa.outcomes["draw"] == psa.draws[0]]
    moved = [np.where(one["scenario"] == "as hybrid", cost_of_share * share, 0.0) for share in shares[:, 0]]
    rows = [one.assign(draw=draw, **{cost: one[cost] + more}) for draw, more in enumerate(moved)]
    return PsaResult({**psa.about, "draws": 32}, inputs, pd.concat(rows, ignore_index=True))


@pytest.mark.parametrize(
    ("cost_of_share", "others", "told"),
    [
        (50_000.0, 2, "of single ones cost per day of Residential (ASAM 3.5) is worth most to know"),
        (50_000.0, 8, "seems worth most to know"),
        (0.0, 2, "No single input was found to decide: none of 3 stands out"),
        (0.0, 8, "Whether a single input decides is not known: 32 draws are few for 9 inputs"),
    ],
)
def test_an_input_on_which_the_choice_hangs_is_named(
    psa: PsaResult, cost_of_share: float, others: int, told: str
) -> None:
    worth = worth_of("qaly", "society")
    assert worth is not None
    line = deciding_line(hanging(psa, cost_of_share, others), worth)
    assert told in line
    assert ("32 draws are few for 9 inputs" in line) == (others == 8)


def test_a_verdict_is_undecided_where_most_draws_may_lie_on_either_side() -> None:
    """Of twenty draws eleven are above 0, and of two hundred 110, and 140."""
    told, ends = [], []
    for above, draws in ((11, 20), (110, 200), (140, 200)):
        values = np.where(np.arange(draws) < above, 1.0, -1.0)[:, None] + np.linspace(0, 0.1, draws)[:, None]
        apart = spread_of(np.repeat(values, 2, axis=1))
        assert apart is not None
        told.append(verdict_of_draws(apart, "lower")[:2])
        ends.append((100 * apart.above_low, 100 * apart.above_high))
    # Wilson's intervals of as many draws.
    assert np.array(ends) == pytest.approx(np.array([(34.2, 74.2), (48.1, 61.7), (63.3, 75.9)]), abs=2.5)
    texts = [f"undecided: worse in {low:.0f} to {high:.0f} % of draws" for low, high in ends]
    assert told == [("undecided", texts[0]), ("undecided", texts[1]), ("worse", "worse in 70 % of draws")]


def test_an_undecided_outcome_is_told_as_such_behind_what_was_found(study: sim.Study, psa: PsaResult) -> None:
    """Half of the draws have a day more with the option, and half a day less."""
    today = psa.outcomes[psa.outcomes["scenario"] == "as residential_only"].set_index(["draw", "replication"])
    option = psa.outcomes["scenario"] == "as hybrid"
    days = pd.Series(today["days_well"] + np.where(today.index.get_level_values("draw") % 2, 1.0, -1.0))
    moved = psa.outcomes["days_well"].copy()
    moved[option] = days.loc[
        [*zip(*(psa.outcomes.loc[option, of] for of in ("draw", "replication")), strict=True)]
    ].array
    open_yet = dataclasses.replace(psa, outcomes=psa.outcomes.assign(days_well=moved))
    (told,) = brief_of(study, psa=open_yet).options
    assert "days abstinent" in told.undecided
    assert "Undecided by draws:</strong> " in brief_html(study, psa=open_yet)
    assert not any(claim.words == "days abstinent" for claim in (*told.better, *told.worse))


@pytest.mark.parametrize("kept", [True, False])
def test_draws_that_cannot_be_weighed_are_told_without_net_benefit(
    study: sim.Study, psa: PsaResult, kept: bool
) -> None:
    """In one replication nobody asked for care; or costs were not kept."""
    cost = "cost.per_patient_discounted.society"
    nobody = (psa.outcomes["draw"] == 3) & (psa.outcomes["replication"] == 1)
    about = psa.about if kept else {**psa.about, "metrics": [name for name in psa.about["metrics"] if name != cost]}
    lacking = PsaResult(about, psa.inputs, psa.outcomes.assign(**{cost: psa.outcomes[cost].mask(nobody)}))
    why = "undefined in 1 of 10 draws" if kept else "was not kept by this analysis"
    parts = list(psa_parts(lacking, worth_of("qaly", "society")))
    assert any(why in part for part in parts if isinstance(part, str))
    assert why in of_psa(lacking, worth_of("qaly", "society"), "")["not_told"]
    assert why in " ".join(brief_of(study, psa=lacking).turning)


def test_scenarios_that_are_the_same_each_have_their_draws(study: sim.Study, psa: PsaResult) -> None:
    """A second name of the option, and of today's, in the study or in both."""
    today, option = study.results.values()
    both = beside(psa, sim.Study({"today": today, "one": option, "other": option}))
    assert both.values("days_well")[:, :, 1] == pytest.approx(both.values("days_well")[:, :, 2])
    twice = {"today": "as residential_only", "option": "as hybrid", "same": "as residential_only"}
    of_scenarios = {key: {new: psa.about[key][old] for new, old in twice.items()} for key in ("scenarios", "digests")}
    outcomes = [psa.outcomes[psa.outcomes["scenario"] == old].assign(scenario=new) for new, old in twice.items()]
    again = PsaResult({**psa.about, **of_scenarios}, psa.inputs, pd.concat(outcomes))
    assert beside(again, study).values("days_well") == pytest.approx(beside(psa, study).values("days_well"))


def test_inputs_of_scenarios_that_are_not_compared_are_left_out(study: sim.Study, psa: PsaResult) -> None:
    third = psa.inputs[psa.inputs["scenario"] == "as hybrid"].assign(
        scenario="third", **{"medications.naltrexone.probability": 0.5}
    )
    wider = dataclasses.replace(psa, inputs=pd.concat([psa.inputs, third]))
    assert list(beside(wider, study).drawn()) == list(beside(psa, study).drawn()) == INPUTS
    worth = worth_of("qaly", "society")
    assert worth is not None
    assert deciding_line(beside(wider, study), worth) == deciding_line(beside(psa, study), worth)


def test_a_psa_of_other_scenarios_is_refused(study: sim.Study, psa: PsaResult) -> None:
    assert beside(psa, study).scenarios == list(NAMES)
    other = sim.compare(arms(**{"places.residential_beds.capacity": 39}), replications=2)
    with pytest.raises(ValueError, match="psa is of other scenarios: residential_only, hybrid are not among"):
        brief_of(other, psa=psa)
    turned = sim.Study({name: study.results[name] for name in reversed(NAMES)})
    with pytest.raises(ValueError, match="name the same baseline first"):
        beside(psa, turned)
    few = dataclasses.replace(psa, outcomes=psa.outcomes[psa.outcomes["draw"] < 4])
    with pytest.raises(ValueError, match="has 4 draws"):
        beside(few, study)
    later = sim.compare(arms(), replications=2, change_on=90)
    with pytest.raises(ValueError, match="differ in --change-on or --lists"):
        beside(psa, later)


def cell_of(sheet: Sheet, line: str, label: str) -> Amount:
    """The amount of a scenario in the line that begins so."""
    (row,) = (row for row in sheet.rows if str(row[0]).startswith(line))
    cell = row[sheet.heads.index(label)]
    assert isinstance(cell, Amount)
    return cell


def assert_by_hand(cell: Amount, values: np.ndarray) -> None:
    assert (cell.value, cell.low, cell.high) == pytest.approx(both_by_hand(values))
    assert cell.inputs_low <= cell.value <= cell.inputs_high


def test_the_budget_by_level_is_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    """By hand from the stored table; the parts add up to the budget, and those of payers too."""
    spent, paid = window_sheets(study, beside(psa, study))
    patients = table_of(psa, "cost.residential.total") - table_of(psa, "cost.residential.fixed")
    beds = table_of(psa, "cost.place.residential_beds.fixed")
    whole = table_of(psa, "cost.total")
    lines = {"Residential (ASAM 3.5): patients": patients, "Residential beds": beds, "the whole programme": whole}
    for line, values in lines.items():
        assert_by_hand(cell_of(spent, line, "residential_only"), values[:, :, 0])
        assert_by_hand(cell_of(spent, line, "hybrid"), values[:, :, 1] - values[:, :, 0])
    assert spent.title == "Budget of the programme over the 60 days measured, undiscounted, USD"
    for label in NAMES:
        *parts, together = (row[spent.heads.index(label)] for row in spent.rows)
        assert sum(part.value for part in parts) == pytest.approx(together.value)  # type: ignore[union-attr]
        of_payers = [row[paid.heads.index(label)].value for row in paid.rows]  # type: ignore[union-attr]
        assert sum(of_payers) == pytest.approx(together.value)  # type: ignore[union-attr]


def test_costs_by_perspective_and_people_in_care_are_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    varied = beside(psa, study)
    of_cohort, of_system = perspective_sheets(study, varied)
    for sheet, line, metric in (
        (of_cohort, "patient:", "cost.per_patient.patient"),
        (of_system, "provider:", "cost.system.provider"),
        (of_system, "of it idle", "cost.idle"),
        (census_sheet(study, varied), "in Residential", "census.residential.mean"),
    ):
        for j, label in enumerate(NAMES):
            assert_by_hand(cell_of(sheet, line, label), table_of(psa, metric)[:, :, j])
    older = census_sheet(study, without(varied, "census.residential"))
    cell = cell_of(older, "in Residential", "hybrid")
    assert cell.note == "at the inputs as stated"
    assert cell.value == pytest.approx(study.results["hybrid"].by_metric["census.residential.mean"].mean())


def test_the_table_is_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    (sheet,) = outcome_sheets(study, measured(study), psa=beside(psa, study))
    days = table_of(psa, "days_well")
    cell = cell_of(sheet, "days abstinent a person", "hybrid")
    assert_by_hand(cell, days[:, :, 1] - days[:, :, 0])
    assert cell.note.endswith(" of draws") or cell.note == "may be chance"
    assert_by_hand(cell_of(sheet, "days abstinent a person", "residential_only"), days[:, :, 0])
    assert "Holm" not in sheet.note.split("at the inputs as stated")[0]
    (older,) = outcome_sheets(study, measured(study), psa=without(beside(psa, study), "days_well"))
    stated = cell_of(older, "days abstinent a person", "hybrid")
    assert stated.more == "at the inputs as stated"
    assert stated.value == pytest.approx(np.diff([r.by_metric["days_well"].mean() for r in study.results.values()])[0])


def test_pictures_have_both_intervals(study: sim.Study, psa: PsaResult) -> None:
    varied = beside(psa, study)
    (row,) = differences(study, ["days_well"], varied).to_dict("records")
    days = table_of(psa, "days_well")
    known = varied.differences(["days_well"]).iloc[0]
    assert (row["difference"], row["ci_low"], row["ci_high"]) == pytest.approx(
        both_by_hand(days[:, :, 1] - days[:, :, 0])
    )
    assert (row["inputs_low"], row["inputs_high"]) == pytest.approx(tuple(known[["inputs_low", "inputs_high"]]))
    frame = waits(study, varied).set_index(["scenario", "metric"])
    p90 = frame.loc[("hybrid", "wait.residential.p90")]
    of_draws = both_by_hand(table_of(psa, "wait.residential.p90")[:, :, 1])
    assert (p90["mean"], p90["ci_low"], p90["ci_high"]) == pytest.approx(of_draws)
    full = occupancies(study, varied).set_index(["scenario", "place"])
    beds = full.loc[("hybrid", "residential_beds")]
    assert beds["mean"] == pytest.approx(table_of(psa, "occupancy.residential_beds")[:, :, 1].mean())
    assert beds["inputs_low"] < beds["mean"] < beds["inputs_high"]
    assert "inputs_low" not in waits(study, without(varied, "wait.residential.p90"))
    # A single run goes by its name there.
    alone = sim.Study({"": study.results["residential_only"]})
    (row, *_) = occupancies(alone.results[""], beside(psa, alone)).to_dict("records")
    assert row["mean"] == pytest.approx(table_of(psa, f"occupancy.{row['place']}")[:, :, 0].mean())


def test_pictures_of_days_are_of_the_inputs_as_stated(study: sim.Study, psa: PsaResult) -> None:
    """Their titles hold no verdict of draws beside numbers that are of none, and the section says so."""
    of_draws, _, lines = page_pictures.pictures(study, psa=beside(psa, study))
    of_chance, *_ = page_pictures.pictures(study)
    titles = [{each.heading: each.says for each in drawn} for drawn in (of_draws, of_chance)]
    for heading in ("People in care and waiting, day by day", "Staying in care, and relapse"):
        assert titles[0].get(heading) == titles[1].get(heading)
    assert "People in care and waiting, day by day" in titles[0]
    assert titles[0]["Waits"] != titles[1]["Waits"]
    assert any(line.startswith("What is told by the day") for line in lines)


def test_the_largest_part_of_a_difference_is_of_the_draws(study: sim.Study, psa: PsaResult) -> None:
    """By hand: the level in which most of the difference arises, and how much of it; without parts nothing is told, as
    no records were kept."""
    apart = {level: np.diff(table_of(psa, column))[:, :, 0] for column, (_, level) in psa.parts.items()}
    sum_of_parts = np.nansum([np.nan_to_num(table_of(psa, column)) for column in psa.parts], axis=0)
    assert sum_of_parts == pytest.approx(table_of(psa, "days_well"))
    claimed = dataclasses.replace(psa, outcomes=psa.outcomes.copy())
    of_option = (claimed.outcomes["scenario"] == "as hybrid").to_numpy()
    # So many more that nobody can take it for chance, all of them in residential care.
    for column in ("days_well", "days_well[level: residential]"):
        claimed.outcomes[column] += 50.0 * of_option
    line = explained(arms_of(study, claimed), "hybrid")
    most = apart["residential"] + 50.0
    number = Quantity(*both_by_hand(most), "days", sign=True).number
    assert line.startswith(f"The largest part, {number[:3]}")
    assert " on average over draws, comes about in Residential (ASAM 3.5)" in line
    older = dataclasses.replace(claimed, about={**claimed.about, "parts": {}})
    assert explained(arms_of(study, older), "hybrid") == ""


def test_a_report_says_which_parts_are_not_of_draws(study: sim.Study, psa: PsaResult) -> None:
    of = Account(study, Provenance.of_now(), "qaly", "society", list(study.results), False, beside(psa, study))
    with_budget = cost.parts(of)
    assert with_budget[-1].heading == "The budget by calendar year and month"
    assert "draws keep the whole time that is measured, and no calendar" in with_budget[-1].lines[0]
    older = dataclasses.replace(of, psa=without(beside(psa, study), "cost.place."))
    assert "stepdown psa with another --out keeps it" in " ".join(cost.parts(older)[0].lines)
    assert not cost.parts(older)[0].sheets


def test_targets_are_told_of_draws() -> None:
    """By hand: 7 of 10 draws are above 10 days, the others within."""
    stay = {"metric": "length_of_stay.ward.mean", "low": 5.0, "high": 10.0, "source": "our list"}
    scenarios = {"today": ward(targets={"stay": stay}), "other": ward()}
    study = sim.compare(scenarios, replications=2)
    stays = np.broadcast_to(np.array([8.0] * 3 + [20.0] * 7)[:, None, None], (10, 2, 2))
    psa = analysis(scenarios, {"target.stay": stays})
    (row,) = targets_told(study, psa).to_dict("records")
    assert (row["mean"], row["within_in"], row["above_in"]) == pytest.approx((16.4, 0.3, 0.7))
    (sheet,) = targets_sheets(study, psa)
    assert sheet.texts[0][4] == "too high in 70 % of draws, within in 30 %"
    assert not_of_draws(targets_told(study, psa)) == ""
    assert are_missed(targets_told(study, psa)).tolist() == [True]
    older = targets_told(study, analysis(scenarios, {"cost.total": stays}))
    assert "since the draws lack them: stay; stepdown psa with another --out keeps them" in not_of_draws(older)
    assert older["mean"].tolist() == study.targets()["mean"].tolist()
    assert are_missed(older).tolist() == [False]
    assert verdict({**row, "within_in": 0.0, "above_in": 1.0, "ci_low": 9.0, "ci_high": 30.0}).startswith("cannot tell")
