"""The two pages: what they say, that every fact of them is data, and that they are two pages."""

import base64
import dataclasses
import re
import time
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import briefly, exponential, fixed

import sim
from sim.report.brief import Brief, brief_html, brief_of
from sim.report.brief.arms import NOTHING, arms_of
from sim.report.brief.break_even import break_even
from sim.report.brief.facts import BETTER, TRADE, UNTOLD, Quantity, alike
from sim.report.brief.marks import each_mark, marks
from sim.report.brief.paying import _times, adding_up
from sim.report.page_parts import Page
from sim.report.render.files import rendered
from sim.scenario import Scenario

PAPERS = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
BASE = {
    "name": "Ward of today",
    "question": "How long do people wait?",
    "time": {"warm_up_days": 60, "recruitment_days": 365, "follow_up_days": 100},
    "arrivals": {"per_day": 1.0},
    "population": {"severity": {"mild": 0.5, "severe": 0.5}},
    "entry": [{"to": {"ward": 1.0}}],
    "places": {
        "beds": {"title": "Beds", "capacity": 6, "fixed_cost_per_day": 10.0},
        "seats": {"title": "IOP seats", "capacity": 5, "fixed_cost_per_day": 5.0},
    },
    "levels": {
        "ward": {
            "title": "Ward",
            "places": ["beds"],
            "length_of_stay": exponential(8),
            "patience": fixed(12),
            "next": [{"to": "iop", "probability": 0.7}],
        },
        "iop": {"title": "IOP", "places": ["seats"], "length_of_stay": exponential(4)},
    },
    "relapse": {"median_days": 50, "shape": 1.0},
}
MORE = {"name": "More beds", "places.beds.capacity": 9, "places.seats.capacity": 3}


def ward(**changes: Any) -> Scenario:
    return sim.load_scenario(BASE).with_overrides({path.replace("__", "."): value for path, value in changes.items()})


@pytest.fixture(scope="module")
def study() -> sim.Study:
    today = sim.load_scenario(BASE)
    return sim.compare({"today": today, "more": today.with_overrides(MORE)}, replications=10, keep_records=True)


@pytest.fixture(scope="module")
def brief(study: sim.Study) -> Brief:
    return brief_of(study)


def page_of(brief: Brief) -> Page:
    return Page(brief.title, brief.subtitle, (), brief)


def texts_of(facts: Any) -> Iterator[str]:
    """Every text that facts hold, and every way in which a quantity is written."""
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, Quantity):
        yield from (facts.number, facts.limits, facts.chance, facts.coarse, facts.short, facts.text, facts.whole)
    elif isinstance(facts, tuple):
        for each in facts:
            yield from texts_of(each)
    elif dataclasses.is_dataclass(facts):
        for field in dataclasses.fields(facts):
            yield from texts_of(getattr(facts, field.name))


class Words(HTMLParser):
    """The texts of a page, without its style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.in_style:
            self.words.append(" ".join(data.split()))


def test_the_decision_is_a_sentence_of_the_planner(brief: Brief) -> None:
    assert brief.title == "More beds, against Ward of today"
    (option,) = brief.options
    assert (option.decision, option.besides) == ("Convert 2 IOP seats into 3 beds", "")
    assert brief.today_places == "6 beds and 5 IOP seats"


def test_a_verdict_names_what_it_rests_on(brief: Brief) -> None:
    (option,) = brief.options
    better = {claim.words for claim in option.better}
    assert {"mean wait for Ward", "requests that lead to admission"} <= better
    assert "the programme's budget" in {claim.words for claim in option.worse}
    assert option.verdict == TRADE


def test_the_picture_shows_the_numbers_of_the_study(study: sim.Study, brief: Brief) -> None:
    means = study.summary().set_index(["scenario", "metric"])["mean"]
    beds = next(kind for kind in brief.picture.kinds if kind.title == "Beds")
    for row, label in zip(beds.rows, ("today", "more"), strict=True):
        capacity = 6 if label == "today" else 9
        assert row.places.value == capacity
        assert row.used.value == pytest.approx(capacity * means[label, "occupancy.beds"])
        assert row.waiting.value == pytest.approx(means[label, "queue.ward.mean"])
        assert row.wait.value == pytest.approx(means[label, "wait.ward.mean"])
        metrics = study.results[label].metrics.pivot(index="replication", columns="metric", values="value")
        assert row.lost.value == pytest.approx((metrics["asks.ward"] * metrics["reneged.ward"]).mean())
    (change,) = study.differences().query("metric == 'wait.ward.mean'").to_dict("records")
    assert beds.rows[1].wait_change.value == change["difference"]
    assert beds.rows[1].wait_word == "better"
    assert "mean wait goes from" in beds.finding


def test_five_numbers_and_the_best_of_each(brief: Brief) -> None:
    assert len(brief.numbers) == 5
    by_head = {row.head: row for row in brief.numbers}
    assert [cell.mark for cell in by_head["Mean wait for Ward, days"].cells] == ["", "best"]
    assert [cell.mark for cell in by_head["Budget of the programme in the year measured, USD"].cells] == ["best", ""]


def test_the_largest_part_of_a_difference_comes_from_kept_records(study: sim.Study, brief: Brief) -> None:
    change = study.differences().query("metric == 'days_well'").iloc[0]
    (option,) = brief.options
    if change["p_adjusted"] < 0.05:
        assert option.explained.startswith("The largest part, ")
    without = sim.Study({label: dataclasses.replace(result, tables=None) for label, result in study.results.items()})
    assert brief_of(without).options[0].explained == ""


def test_what_intervals_do_not_hold_is_said_first(brief: Brief) -> None:
    words = " ".join(Words(rendered(page_of(brief), "html")).words)
    assert brief.sure in words
    assert words.index("inputs were not varied") < words.index("Convert 2 IOP seats")
    assert "in this model with these inputs" in words
    assert "p <" not in words


def test_the_opening_sentence_has_its_time_and_what_was_found(study: sim.Study, brief: Brief) -> None:
    opening = brief.options[0].opening
    assert opening.startswith("In the year measured ")
    (change,) = study.differences().query("metric == 'cost.total'").to_dict("records")
    spent = Quantity(change["difference"], change["ci_low"], change["ci_high"], rounded_to=arms_of(study).money_place)
    assert f"{spent.number} USD more to run the programme ({spent.limits})" in opening


def test_a_unit_is_said_once() -> None:
    gain = Quantity(0.0128, 0.0115, 0.0141, "QALY", sign=True)
    assert (gain.beside("QALYs"), gain.beside("worth")) == ("+0.0128", "+0.0128 QALY")


def test_numbers_side_by_side_are_rounded_alike() -> None:
    """Each by itself, the second would be 27,000,000, and the difference look larger than it is said to be."""
    today = Quantity(26.48e6, 26.35e6, 26.61e6, "USD", inputs_low=17e6, inputs_high=43e6)
    option = Quantity(26.89e6, 26.75e6, 27.03e6, "USD", inputs_low=18e6, inputs_high=43e6)
    assert (today.number, option.number) == ("26,480,000", "27,000,000")
    assert [each.number for each in alike([today, option])] == ["26,480,000", "26,890,000"]
    assert [each.number for each in alike([NOTHING, Quantity(6.0)])] == ["", "6"]


def test_a_short_wait_that_differs_is_not_told_as_none(brief: Brief) -> None:
    """Less than an hour more, found: the wait that it leads to stands beside it."""
    kind = brief.picture.kinds[0]
    today = dataclasses.replace(kind.rows[0], wait=Quantity(0.0, 0.0, 0.0, "days"))
    change = Quantity(0.02, 0.01, 0.03, "days", sign=True)
    option = dataclasses.replace(
        kind.rows[1], wait=Quantity(0.02, 0.01, 0.03, "days"), wait_change=change, wait_word="worse"
    )
    shown = dataclasses.replace(
        brief, picture=dataclasses.replace(brief.picture, kinds=(dataclasses.replace(kind, rows=(today, option)),))
    )
    page = rendered(page_of(shown), "html")
    assert '<td class="number">0.020</td>' in page
    assert "+0.020 " in page


def test_what_patients_bear_has_its_reason() -> None:
    """A day of a patient's time is worth 100: nobody is paid it, and more beds take more of it."""
    today = ward(levels__ward__patient_time_per_day=100.0, costs__productivity={"unwell": 1.0})
    bears = brief_of(sim.compare({"today": today, "more": today.with_overrides(MORE)}, replications=4)).paying
    assert bears is not None
    (reason,) = bears.reasons
    assert reason.startswith("Patients: mostly the worth of their time, no money that changes hands. ")
    assert " more people in Ward on an average day, at 100 USD a day, come to +" in reason


def test_patients_time_is_no_reason_where_levels_take_the_place_of_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of what patients bear must be their time in all levels together; and be worth the same to everybody."""
    today = ward(levels__ward__patient_time_per_day=100.0, population={"work": {"yes": 0.5, "no": 0.5}})
    more = today.with_overrides(MORE)
    study = sim.compare({"today": today, "more": more}, replications=4)
    bears = brief_of(study).paying
    assert bears is not None
    assert len(bears.reasons) == 1
    known = _times(arms_of(study), "more")["ward"]
    moved = {"ward": known, "home": (-1.1 * known[0], -known[1], 110.0)}
    monkeypatch.setattr("sim.report.brief.paying._times", lambda *_: moved)
    bears = brief_of(study).paying
    assert bears is not None
    assert bears.reasons == ()
    for other in ({"costs.patient_time": {"work": {"no": 0.5}}}, {"levels.ward.patient_time_per_day": 120.0}):
        changed = sim.compare({"today": today, "more": more.with_overrides(other)}, replications=2)
        assert _times(arms_of(changed), "more") == {}


def test_what_each_bears_adds_up_to_what_society_does(study: sim.Study, brief: Brief) -> None:
    assert brief.paying is not None
    (row,) = brief.paying.rows
    *parts, whole = (float(cell.replace(",", "")) for cell in row[1:])
    assert sum(parts) == whole
    (change,) = study.differences().query("metric == 'cost.system.society'").to_dict("records")
    assert whole == pytest.approx(change["difference"], abs=abs(whole) / 100)
    assert brief.paying.columns[-1] == "together: society"


@pytest.mark.parametrize(
    ("values", "rounded"),
    [([0.4, 0.4, 0.4, 1.2], [1, 0, 0, 1]), ([-0.6, 1.0, 0.4], [-1, 1, 0]), ([2.5, -2.5, 0.0], [3, -3, 0])],
)
def test_parts_are_rounded_so_that_they_add_up(values: list[float], rounded: list[float]) -> None:
    assert adding_up(values, 1.0) == rounded
    assert adding_up([10 * value for value in values], 10.0) == [10 * value for value in rounded]


def test_systems_that_are_the_same_cannot_be_told_apart() -> None:
    study = sim.compare({"a": ward(), "b": ward(name="The same again")}, replications=3)
    (option,) = brief_of(study).options
    assert (option.verdict, option.decision) == (UNTOLD, "Change nothing: no input differs")
    assert all(cell.mark == "" for row in brief_of(study).numbers for cell in row.cells)
    one_future = sim.compare({"a": ward(), "b": ward(**{"places.beds.capacity": 9})}, replications=1)
    (option,) = brief_of(one_future).options
    assert option.verdict == UNTOLD


def test_better_on_all_counts_is_better() -> None:
    free = {"places.beds.fixed_cost_per_day": 0.0, "places.seats.fixed_cost_per_day": 0.0}
    today = ward(**free)
    study = sim.compare({"a": today, "b": today.with_overrides({"places.beds.capacity": 9})}, replications=10)
    (option,) = brief_of(study).options
    assert (option.verdict, option.worse) == (BETTER, ())


def test_a_programme_alone_and_one_without_places_have_a_brief() -> None:
    alone = brief_of(sim.Study({"": sim.run(ward(), replications=2)}))
    assert (alone.title, alone.options) == ("Ward of today", ())
    bare = {**BASE, "places": {}, "population": {}, "levels": {"ward": {"length_of_stay": exponential(8)}}}
    text = rendered(page_of(brief_of(sim.Study({"": sim.run(sim.load_scenario(bare), replications=2)}))), "html")
    assert "There are no places" in text


def test_two_programmes_of_one_name_are_told_apart() -> None:
    study = sim.compare({"a": ward(), "b": ward(**{"places.beds.capacity": 9})}, replications=2)
    assert brief_of(study).title == "Ward of today (b), against Ward of today (a)"


def test_every_number_of_the_page_is_in_the_facts(brief: Brief) -> None:
    facts = sorted({" ".join(text.split()) for text in texts_of(brief) if text}, key=len, reverse=True)
    for words in Words(brief_html_of(brief)).words:
        left = words
        for fact in facts:
            left = left.replace(fact, "")
        left = left.replace("95 %", "")
        assert not re.search(r"\d", re.sub(r"Option \d", "", left)), words


def brief_html_of(brief: Brief) -> str:
    text = rendered(page_of(brief), "html")
    return text[text.index('id="brief"') :]


def test_a_brief_stands_alone(study: sim.Study) -> None:
    text = brief_html(study)
    # Its style is for nothing else on a page of others.
    style = text[: text.index("</style>")]
    assert style.startswith("<style>.stepdown {")
    assert style.count("{") == style.count("}")
    assert "Convert 2 IOP seats into 3 beds." in text


@pytest.mark.parametrize(
    ("totals", "each"), [([], 1), ([130.0], 1), ([131.0], 2), ([400.0], 5), ([1000.0], 10), ([13000.0], 100)]
)
def test_a_mark_stands_for_several_where_there_are_many(totals: list[float], each: int) -> None:
    assert each_mark(totals) == each


def test_marks_are_as_many_as_places_and_people() -> None:
    drawn = marks(capacity=4, used=2.5, waiting=3, each=1)
    assert [path.count("M") for path in (drawn.free, drawn.used, drawn.waiting)] == [4, 3, 3]
    assert "v5" in drawn.used.rpartition("M")[2]
    assert marks(0.0, 0.0, 0.0, 1).width == 0


STUDIES = {
    "one option": ("county", "county_convert"),
    "two options": ("depression", "depression_linked", "depression_usual"),
    "three options": ("residential_only", "hybrid", "more_beds", "iop_with_housing"),
    "more options than there is room for": (
        *("residential_only", "hybrid", "more_beds", "iop_with_housing", "early_step_down", "warm_handoff"),
    ),
}


@cache
def ran(name: str) -> sim.Result:
    return sim.run(briefly(name), replications=3)


@cache
def varied(names: tuple[str, ...]) -> tuple[sim.Study, sim.PsaResult]:
    """Shipped scenarios over few days, and ten draws of their inputs."""
    arms = {name: briefly(name, 20, 30, 90) for name in names}
    return sim.compare(arms, replications=3), sim.psa(arms, 10, 2)


def of_county(with_draws: bool) -> Brief:
    study, psa = varied(STUDIES["one option"])
    return brief_of(study, psa=psa if with_draws else None)


def number_in(text: str) -> float:
    """The first number of a text, without its sign."""
    match = re.search(r"\d[\d,]*(\.\d+)?", text)
    assert match is not None, text
    return float(match[0].replace(",", ""))


DRAWS = pytest.mark.parametrize("with_draws", [False, True], ids=["inputs as stated", "draws"])


def test_what_the_residual_payer_pays_reads_alike_wherever_it_stands() -> None:
    """In the sentence, the money below the places, the five numbers, and among payers; and its parts add up."""
    brief = of_county(True)
    left, spent, earned = (row.cells[1].change.number for row in (brief.money[2], brief.money[0], brief.money[1]))
    row = next(row for row in brief.numbers if row.head.startswith("What the county pays"))
    assert brief.paying is not None
    among = brief.paying.rows[0][1 + brief.paying.columns.index("the county")]
    assert left == row.cells[1].change.number == among
    assert number_in(brief.options[0].opening.partition("the county pays")[2]) == number_in(left)
    assert float(left.replace(",", "")) == float(spent.replace(",", "")) - float(earned.replace(",", ""))
    assert f"{spent.lstrip('+-')} more spending and {earned.lstrip('+-')} less income" in brief.options[0].opening


@DRAWS
def test_what_a_verdict_weighs_stands_beside_it(with_draws: bool) -> None:
    """QALYs of everybody, and their worth; and what society would pay without what patients bear is among payers."""
    (option,) = of_county(with_draws).options
    match = re.search(r"QALYs of everybody .*?, ([+-][\d.]+) .*?worth ([+-][\d,]+) USD at 100,000 each", option.weighed)
    assert match is not None, option.weighed
    assert 100_000 * float(match[1]) == pytest.approx(float(match[2].replace(",", "")))
    paying = of_county(with_draws).paying
    assert paying is not None
    borne = dict(zip(paying.columns, (float(cell.replace(",", "")) for cell in paying.rows[0][1:]), strict=True))
    society, patients = borne["together: society"], borne["patients, with their time"]
    turns = society * (society - patients) < 0
    # Of three replications no difference is found, and ten draws may leave it open.
    claimed = "o society it costs" in option.opening
    assert ("without what patients bear" in option.opening) == (turns and claimed)


def test_society_is_worth_more_only_with_what_patients_bear() -> None:
    """Fewer beds save nobody money, but patients their days: the verdict says on which of these it hangs."""
    today = ward(
        levels__ward__patient_time_per_day=400.0,
        utilities={"well": 0.8, "unwell": 0.8, "setback": 0.8},
        levels__iop__cost_per_day=1.0,
    )
    fewer = today.with_overrides({"places.beds.capacity": 3, "places.seats.fixed_cost_per_day": 200.0})
    brief = brief_of(sim.compare({"today": today, "fewer": fewer}, replications=6))
    (option,) = brief.options
    assert "but" in option.opening
    assert "without what patients bear, mostly their own time" in option.opening
    assert option.hangs.startswith(
        "This holds only as long as what patients bear counts, mostly their own time: without"
    )
    assert brief.turning[0].startswith("If what patients bear, mostly their own time, counted for less than ")


@DRAWS
def test_differences_have_one_sign_and_nothing_is_cut(with_draws: bool) -> None:
    brief = of_county(with_draws)
    words = " ".join(Words(brief_html_of(brief)).words)
    assert not re.search(r"(fewer|less|longer|shorter) \([+-]", words)
    assert not re.search(r"\d more\b[.;]|…|\.\.\.", " ".join(texts_of(brief.options)))
    assert not re.search(r"\(-?\d[^)]*; [^)]*\d\)", brief.options[0].opening)


def test_in_how_many_draws_new_places_pay_for_themselves() -> None:
    """By hand: in 3 of 10 draws the new seats would, if always in use; they are in use as the picture says."""
    study, psa = varied(STUDIES["one option"])
    of_option = psa.outcomes["scenario"] == "county_convert"
    needed = np.where(psa.outcomes["draw"].isin(psa.draws[:3]), 0.7, np.where(psa.outcomes["draw"] % 2, 1.4, np.nan))
    changed = {"break_even.iop_seats.occupancy": needed, "occupancy.iop_seats": 0.4}
    known = {name: psa.outcomes[name].where(~of_option, each) for name, each in changed.items()}
    drawn = dataclasses.replace(psa, outcomes=psa.outcomes.assign(**known))
    (line,) = (line for line in break_even(arms_of(study, drawn))[1] if line.startswith("Seats in"))
    assert line.endswith(", 40 % in use, would pay for themselves in 30 % of draws if always in use.")


def test_chance_is_a_half_width() -> None:
    change = Quantity(-504_044.0, -509_000.0, -499_000.0, "USD", True, -1_090_000.0, -59_000.0, rounded_to=3)
    assert (change.number, change.both) == ("-504,000", "(-1,100,000 to -100,000) ±5,000")
    assert change.moved() == ("504,000", "less", "100,000 to 1,100,000")
    assert change.turned.both == "(+100,000 to +1,100,000) ±5,000"
    either = Quantity(-3.2, -4.2, -2.4, "days", True, -11.0, 5.0)
    assert either.moved("fewer") == ("3", "fewer", "11 fewer to 5 more")
    assert Quantity(0.5, 0.4, 0.6, "", True, 0.5, 0.5).limits == "chance ±0.1"


def test_waits_that_are_met_are_not_said_to_be_too_short() -> None:
    """And what the model leaves out of a change does not contradict what it carries over."""
    met = {"wait": {"metric": "wait.ward.mean", "value": 2.0, "tolerance": 500.0, "source": "the planner"}}
    for today in (ward(), ward(targets=met)):
        study = sim.compare({"today": today, "more": today.with_overrides(MORE)}, replications=2)
        untold = " ".join(brief_of(study).untold)
        assert ("Waits come out shorter" in untold) == (not today.targets)
        assert "people in care and on lists are carried over" in untold


def test_what_else_is_changed_has_its_numbers() -> None:
    (option,) = of_county(False).options
    assert "Of people who come back 50 % instead of 70 % in Residential" in option.changed
    assert "dropout times 0.83 instead of 1" in option.changed
    assert "5 assumed" in option.changed


def test_a_title_that_has_room_for_all_names_cuts_none() -> None:
    arms = {name: ran(name) for name in ("residential_only", "hybrid", "warm_handoff", "more_beds")}
    title = brief_of(sim.Study(arms)).title
    assert all(result.scenario.name in title for result in arms.values())
    # "Hybrid: residential, IOP step-down, outpatient" is one of three.
    assert title.count(";") == 2


def test_where_several_are_compared_a_verdict_says_with_what() -> None:
    """Beside it "best" is of all of them."""
    options = {"more": ward(**MORE), "most": ward(**{"name": "Most beds", "places.beds.capacity": 12})}
    study = sim.compare({"today": ward(), **options}, replications=10)
    several = " ".join(Words(rendered(page_of(brief_of(study)), "html")).words)
    assert "better than today" in several


def test_a_per_cent_sign_stays_on_the_line_of_its_number(brief: Brief) -> None:
    page = rendered(page_of(brief), "html")
    page = page[page.index("</style>") :]
    assert "\N{NO-BREAK SPACE}%" in page
    assert not re.search(r"\d %", page)


def print_out(browser: Any, paper: dict[str, Any]) -> str:
    """The page as PDF in base 64. On a busy machine Chromium may say "Printing failed" of a page that it has only just
    laid out, and prints it when asked again; what it prints is judged as it is.
    """
    from selenium.common.exceptions import WebDriverException

    browser.execute_async_script("document.fonts.ready.then(arguments[arguments.length - 1])")
    for _ in range(10):
        try:
            return str(browser.execute_cdp_cmd("Page.printToPDF", paper)["data"])
        except WebDriverException as refused:
            if "Printing failed" not in str(refused):
                raise
            time.sleep(1)
    raise AssertionError("Chromium refused to print ten times in a row")


@pytest.mark.parametrize(
    ("names", "draws"),
    [*((names, 0) for names in STUDIES.values()), *((names, 10) for names in [*STUDIES.values()][:3])],
    ids=[*STUDIES, *(f"{name} and draws" for name in [*STUDIES][:3])],
)
def test_it_is_two_pages_on_either_paper(names: tuple[str, ...], draws: int, browser: Any, tmp_path: Path) -> None:
    study, psa = varied(names) if draws else (sim.Study({name: ran(name) for name in names}), None)
    file = tmp_path / "brief.html"
    file.write_text(rendered(page_of(brief_of(study, psa=psa)), "html"), encoding="utf-8")
    browser.get(file.as_uri())
    for width, height in PAPERS.values():
        paper = {"paperWidth": width, "paperHeight": height, "preferCSSPageSize": True}
        printed = base64.b64decode(print_out(browser, paper))
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


@pytest.mark.parametrize(
    ("rate", "said"),
    [(1.0, "would not pay for themselves if all of them were always in use"), (1_000.0, "would pay for themselves at")],
)
def test_places_that_no_use_pays_for_are_not_told_a_share_of_use(rate: float, said: str) -> None:
    paid = {"attribute": "severity", "residual_payer": "county"}
    rates = {payer: {"per_day": rate} for payer in ("mild", "severe")}
    today = ward(reimbursement=paid, levels__ward__rates=rates)
    option = today.with_overrides({"places.beds.capacity": 9})
    brief = brief_of(sim.compare({"today": today, "more": option}, replications=2))
    assert said in " ".join((*brief.turning, brief.money_note))
    assert "county pays" in brief.options[0].opening
    used = next(kind for kind in brief.picture.kinds if kind.title == "Beds").rows[1].share.coarse
    assert all(f"Beds, {used} % in use" in line for line in brief.turning if "pay for themselves" in line)
