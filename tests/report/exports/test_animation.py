"""The animation: movements that agree with the records, a page that nothing breaks out of, and a film that plays."""

import json
import re
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from accessibility import barriers
from outcomes.build import clinic, course, records, stay, wait
from support import cohort, exponential, fixed, scenario, wait_until

import sim
from sim.experiment.result import RecordsNotKept, Result, Study
from sim.report.exports import animation as module
from sim.report.exports.animation import animation, page, write_animation
from sim.report.words import visible
from sim.scenario import Scenario

HOSTILE = "</script><script>document.title='pwned'</script><!-- <b>&amp; \"x\" ' @@DATA@@ \u2028"


def small(name: str = "Small ward", **changes: Any) -> Scenario:
    ward = {"places": ["bed"], "length_of_stay": exponential(9), "patience": exponential(12), "hand_over": "hold"}
    ward["next"] = [{"to": "group", "probability": 0.7}]
    described = scenario(
        {"ward": ward, "group": {"places": ["seat"], "length_of_stay": exponential(20)}},
        {"bed": 6, "seat": 5},
        name=name,
        relapse={"median_days": 20.0, "shape": 1.0},
        death={"in_care": 100.0, "well": 100.0, "unwell": 300.0},
        time={"warm_up_days": 30, "recruitment_days": 60, "follow_up_days": 30},
    )
    return described.with_overrides(changes)


@pytest.fixture(scope="module")
def study() -> Study:
    cut = [{"from_day": 20, "capacity": 4}, {"from_day": 50, "capacity": 2}]
    pair = {"today": small(), "cut": small(HOSTILE, **{"places.bed.changes": cut, "levels.ward.title": HOSTILE})}
    return sim.compare(pair, 2, seed=1, keep_records=True)


def by_hand(
    stays: list[Any], waits: list[Any], spells: list[Any] | None = None, medications: list[Any] | None = None
) -> dict[str, Any]:
    pills = {"pills": {"levels": ["detox"], "probability": 1.0}}
    described = clinic(medications=pills) if medications else clinic()
    facts = records(described, [90.0, 110.0], stays=stays, waits=waits, spells=spells, medications=medications or [])
    tables = {
        name: getattr(facts, name).frame().assign(replication=0)
        for name in ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")
    }
    of_run = sim.run(described, 1)
    kept = Result(described, 1, of_run.metrics, of_run.groups, of_run.budget, of_run.daily, of_run.occupancy, tables)
    return animation(Study({"": kept}))


def situations(data: dict[str, Any], number: int = 0) -> dict[int, list[tuple[float, str, str, int, int]]]:
    """By person: day, level, waiting for, state, blocked."""
    of_one = data["scenarios"][number]
    levels = ["", *(level["key"] for level in of_one["levels"])]
    found = {}
    for person, *track in of_one["people"]:
        tick, told = 0, []
        for step, code in zip(track[::2], track[1::2], strict=True):
            tick += step
            code, blocked = divmod(code, 2)
            code, state = divmod(code, 3)
            level, waiting = divmod(code, len(levels))
            told.append((tick / data["ticks"], levels[level], levels[waiting], state, blocked))
        found[person] = told
    return found


def test_movements_are_those_of_the_records() -> None:
    data = by_hand(
        stays=[stay(0, "detox", 95, 140, ready=135, next_level="iop"), stay(0, "iop", 140, 300, "end_of_follow_up")],
        waits=[
            wait(0, "detox", 90, 95),
            wait(0, "iop", 136, 140, held="detox"),
            wait(1, "iop", 110, 112.5, "reneged"),
        ],
        spells=[
            *((0, "unwell", 90, 95), (0, "well", 95, 150), (0, "setback", 150, 151), (0, "well", 151, 300)),
            *((1, "unwell", 110, 150), (1, "dead", 150, 300)),
        ],
    )
    assert (data["start"], data["day"], data["days"]) == ("2025-04-16", 100, 100)
    assert situations(data) == {
        0: [(0, "detox", "", 0, 0), (35, "detox", "", 0, 1), (36, "detox", "iop", 0, 1), (40, "iop", "", 0, 0)],
        1: [(10, "", "iop", 1, 0), (12.5, "", "", 1, 0), (50, "", "", 2, 0)],
    }


def test_counts_agree_with_the_records_at_any_time(study: Study) -> None:
    data = animation(study, replication=1)
    assert [len(scenario["people"]) for scenario in data["scenarios"]] == [len(data["scenarios"][0]["people"])] * 2
    for number, result in enumerate(study.results.values()):
        told = situations(data, number)
        stays, waits = (frame[frame["replication"] == 1] for frame in (result.stays, result.waits))
        for day in (0.005, 7.777, 30.005, 59.995):
            now = [max((each for each in track if each[0] <= day), default=None) for track in told.values()]
            here = [each for each in now if each is not None]
            at = data["day"] + day
            for level in result.scenario.levels:
                inside = stays[(stays["level"] == level) & (stays["admitted"] <= at) & (stays["discharged"] > at)]
                wanting = waits[(waits["level"] == level) & (waits["asked"] <= at) & (waits["ended"] > at)]
                # Times are told to a hundredth of a day; a move in the very quarter of an hour may count either way.
                assert abs(sum(each[1] == level for each in here) - len(inside)) <= 1
                assert abs(sum(each[2] == level for each in here) - len(wanting)) <= 1


def test_capacity_is_that_of_the_scarcest_place_and_changes_on_its_day(study: Study) -> None:
    data = animation(study)
    assert [level["capacity"] for level in data["scenarios"][1]["levels"]] == [[[0, 4], [2000, 2]], [[0, 5]]]
    hand_made = by_hand([stay(0, "detox", 105, 120)], [])
    levels = {level["key"]: level for level in hand_made["scenarios"][0]["levels"]}
    assert {key: level["capacity"] for key, level in levels.items()} == {
        "detox": [[0, 4]],
        "residential": [[0, 2]],
        "iop": [[0, 3]],
        "outpatient": [],
    }
    assert {key: [kind["levels"] for kind in level["shared"]] for key, level in levels.items()} == {
        "detox": [["detox", "residential"]],
        "residential": [["detox", "residential"]],
        "iop": [],
        "outpatient": [],
    }
    assert [kind["capacity"] for kind in levels["residential"]["shared"]] == [[[0, 4]]]


@pytest.fixture(scope="module")
def housing() -> Study:
    """In the alternative half of those in day care live in a residence meanwhile, and share its seats."""
    day = {"places": ["seat"], "length_of_stay": exponential(9)}
    base = scenario({"day": day}, {"seat": 8, "spare": 2}, name="Day care")
    lived = {"places": ["seat", "residence"], "length_of_stay": exponential(9)}
    with_homes = scenario(
        {"day": day, "lived": lived},
        {"seat": 8, "residence": 4, "spare": 2},
        name="With homes",
        entry=[{"to": {"day": 0.5, "lived": 0.5}}],
    )
    return sim.compare({"base": base, "homes": with_homes}, 1, seed=1, keep_records=True)


def test_every_kind_of_place_is_there_that_is_no_levels_own(housing: Study) -> None:
    first, second = (scenario["places"] for scenario in animation(housing)["scenarios"])
    # Seats are the level's own at the baseline, but shared in the other scenario, beside which they are to be seen.
    assert [(kind["key"], kind["capacity"], kind["levels"]) for kind in first] == [
        ("seat", [[0, 8]], ["day"]),
        ("spare", [[0, 2]], []),
    ]
    assert [(kind["key"], kind["capacity"], kind["levels"]) for kind in second] == [
        ("seat", [[0, 8]], ["day", "lived"]),
        ("residence", [[0, 4]], ["lived"]),
        ("spare", [[0, 2]], []),
    ]


def test_of_kinds_that_stand_in_for_each_other_it_says_how_many_are_in_use() -> None:
    """Two have a room each, and with it two of the staff; the third has the bed, on day 0; on day 10 all go home."""
    level = {"places": ["staff"], "any_place_of": ["rooms", "beds"], "length_of_stay": fixed(10)}
    kinds = {"rooms": 2, "beds": 4, "staff": 9}
    system = scenario({"ward": {**level, "places_each": {"staff": 2}}}, kinds, **cohort(3, 40))
    data = animation(sim.compare({"one": system}, 1, keep_records=True))["scenarios"][0]
    ticks = {name: [[0, used], [1000, 0]] for name, used in (("rooms", 2), ("beds", 1), ("staff", 6))}
    assert {kind["key"]: kind["used"] for kind in data["places"]} == ticks
    assert data["levels"][0]["capacity"] == [[0, 4]]


def test_systems_whose_places_are_all_levels_own_have_no_others(study: Study) -> None:
    assert [scenario["places"] for scenario in animation(study)["scenarios"]] == [[], []]


def test_how_long_it_plays(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert animation(study)["days"] == 60
    assert animation(study, days=7)["days"] == 7
    assert animation(study, days=500)["days"] == 90
    full = len(json.dumps(animation(study)["scenarios"], separators=(",", ":")))
    monkeypatch.setattr(module, "LARGEST", full // 2)
    shorter = animation(study)
    assert shorter["shortened"]
    assert len(json.dumps(shorter["scenarios"], separators=(",", ":"))) <= full // 2
    assert 20 < shorter["days"] < 50
    assert not animation(study, days=60)["shortened"]
    closed = Study(
        {"": sim.run(scenario({"ward": {"length_of_stay": exponential(5)}}, **cohort(5, 40.0)), 1, keep_records=True)}
    )
    assert (animation(closed)["day"], animation(closed)["days"]) == (0, 40)


def test_what_cannot_be_shown_is_said(study: Study) -> None:
    with pytest.raises(ValueError, match="no replication 2"):
        animation(study, replication=2)
    with pytest.raises(ValueError, match="at least one day"):
        animation(study, days=0)
    with pytest.raises(RecordsNotKept, match="--keep-records"):
        animation(Study({"": sim.run(small(), 1)}))


class Elements(HTMLParser):
    """What a browser would make of the page: its elements, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)


def test_a_page_holds_everything_and_nobody_breaks_out_of_it(study: Study, tmp_path: Path) -> None:
    write_animation(animation(study), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text == page(animation(study))
    found = Elements(text)
    scripts = [attributes for tag, attributes in found.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    data = json.loads(found.texts["script"][0])
    assert data["scenarios"][1]["name"] == data["scenarios"][1]["levels"][0]["title"] == visible(HOSTILE)
    assert "".join(found.texts["title"]) == f"Stepdown: Small ward · {visible(HOSTILE)}"
    assert not [tag for tag, _ in found.tags if tag in ("img", "link", "iframe", "object", "base", "b")]
    assert not [attributes for _, attributes in found.tags if {"src", "href", "style", "onclick"} & set(attributes)]
    assert not re.search(r"https?://|\beval\b|new Function|innerHTML|@@[A-Z]+@@", text.replace("@@DATA@@", ""))
    policy = next(a["content"] for tag, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    with pytest.raises(OSError, match="No such file"):
        write_animation(data, tmp_path / "nowhere" / "page.html")


# --- in a browser ---


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Open the page of some data; afterwards the browser must have had nothing to complain about."""

    def load(data: dict[str, Any], *, calm: bool = False) -> Any:
        feature = [{"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": feature})
        write_animation(data, tmp_path / "page.html")
        browser.get((tmp_path / "page.html").as_uri())
        return browser

    yield load
    assert browser.get_log("browser") == []


def text_of(browser: Any, name: str) -> str:
    return str(browser.find_element("id", name).get_attribute("textContent"))


def numbers(browser: Any) -> dict[str, list[str]]:
    read = "return [...document.querySelectorAll('#numbers tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    return {head: cells for head, *cells in browser.execute_script(read)}


def to_day(browser: Any, day: int) -> None:
    browser.execute_script(
        "const s = document.getElementById('day'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))", day
    )


def colours(browser: Any, panel: int = 0) -> int:
    """How many pixels of a panel's picture are painted in the colour of people who are well or unwell."""
    count = """
        const canvas = document.querySelectorAll('#panels canvas')[arguments[0]];
        const p = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let n = 0;
        for (let i = 0; i < p.length; i += 4) {
          if ((p[i] === 0 && p[i+1] === 114 && p[i+2] === 178) || (p[i] === 213 && p[i+1] === 94 && p[i+2] === 0)) n++;
        }
        return n"""
    return int(browser.execute_script(count, panel))


def test_the_numbers_shown_are_those_of_the_movements(opened: Any, study: Study) -> None:
    data = animation(study)
    browser = opened(data)
    assert browser.find_element("css selector", "h2").text == "Small ward"
    assert barriers(browser) == []
    for day in (0, 25, 59):
        to_day(browser, day)
        shown = numbers(browser)
        for number, of_one in enumerate(data["scenarios"]):
            now = [max((e for e in t if e[0] <= day), default=None) for t in situations(data, number).values()]
            here = [each for each in now if each is not None]
            in_ward = sum(each[1] == "ward" for each in here)
            places = next(n for tick, n in reversed(of_one["levels"][0]["capacity"]) if tick <= day * 100)
            assert shown["ward: in care"][number] == f"{in_ward} of {places}"
            assert shown["ward: waiting"][number] == str(sum(each[2] == "ward" for each in here))
            assert shown["ward: of these ready to leave"][number] == str(sum(e[1] == "ward" and e[4] for e in here))
            outside = [each for each in here if not each[1] and not each[2]]
            people = f"Of the {len(of_one['people'])} people shown"
            assert shown[f"{people}: outside care, using"][number] == str(sum(each[3] == 1 for each in outside))
            assert shown[f"{people}: died"][number] == str(sum(each[3] == 2 for each in outside))
    assert text_of(browser, "today") == "Day 60 of 60, Saturday 5 April 2025"
    wait_until(lambda: min(colours(browser, 0), colours(browser, 1)) > 200)


def squares(browser: Any, panel: int) -> int:
    """How many pixels of a panel's picture are painted in the colour of a place in use of a shared kind."""
    count = """
        const shown = document.querySelectorAll('#panels canvas')[arguments[0]];
        const copy = Object.assign(document.createElement('canvas'), {width: shown.width, height: shown.height});
        const pen = copy.getContext('2d', {willReadFrequently: true});
        pen.drawImage(shown, 0, 0);
        const p = pen.getImageData(0, 0, copy.width, copy.height).data;
        let n = 0;
        for (let i = 0; i < p.length; i += 4) if (p[i] === 91 && p[i+1] === 107 && p[i+2] === 119) n++;
        return n"""
    return int(browser.execute_script(count, panel))


def test_shared_and_housing_places_are_drawn_with_the_free_ones(opened: Any, housing: Study) -> None:
    data = animation(housing)
    browser = opened(data)
    to_day(browser, 60)
    shown = numbers(browser)
    in_care = [
        [max((each for each in track if each[0] <= 60), default=None) for track in situations(data, number).values()]
        for number in (0, 1)
    ]
    at = [[each[1] for each in now if each is not None] for now in in_care]
    assert shown["seat: places in use"] == [f"{at[0].count('day')} of 8", f"{len([a for a in at[1] if a])} of 8"]
    assert shown["residence: places in use"] == ["–", f"{at[1].count('lived')} of 4"]
    assert shown["spare: places in use"] == ["0 of 2", "0 of 2"]
    used = [at[0].count("day"), len([a for a in at[1] if a]) + at[1].count("lived")]
    wait_until(lambda: squares(browser, 1) > 0)
    # As many pixels a square in either panel: what is filled is what is in use.
    assert squares(browser, 0) / used[0] == pytest.approx(squares(browser, 1) / used[1], rel=0.02)


def test_of_the_signs_those_are_explained_that_there_are(opened: Any, study: Study, housing: Study) -> None:
    shown = "return [...document.querySelectorAll('#legend li')].filter(e => e.offsetHeight).map(e => e.id)"
    browser = opened(animation(housing))
    assert "held" in browser.execute_script(shown)
    browser = opened(animation(study))
    assert "ready" in browser.execute_script(shown)
    assert not {"held", "medicated"} & set(browser.execute_script(shown))


def test_names_are_shown_as_they_are_and_run_nothing(opened: Any, study: Study) -> None:
    browser = opened(animation(study))
    shown = browser.execute_script("return document.querySelectorAll('h2')[1].textContent")
    assert shown == visible(HOSTILE)
    assert browser.execute_script("return document.title").startswith("Stepdown: Small ward · </script>")
    assert browser.execute_script("return document.scripts.length") == 2


def test_it_plays_pauses_and_obeys_keys(opened: Any, study: Study) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = opened(animation(study))
    body, play = browser.find_element("tag name", "body"), browser.find_element("id", "play")
    day = lambda: int(browser.execute_script("return document.getElementById('day').value"))  # noqa: E731
    # So slowly that it is not over before the next look at it, however busy the machine is.
    browser.execute_script("document.getElementById('speed').value = '2'")
    play.click()
    assert play.text == "Pause"
    wait_until(lambda: day() >= 3)
    play.send_keys(Keys.SPACE)
    assert play.text == "Play"
    browser.execute_script("document.activeElement.blur()")
    stopped = day()
    body.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.PAGE_DOWN)
    assert day() == stopped + 8
    body.send_keys(Keys.HOME)
    assert day() == 0
    body.send_keys(Keys.END)
    assert day() == 59
    # With the slider focused they are the same.
    slider = browser.find_element("id", "day")
    slider.send_keys(Keys.PAGE_UP)
    assert day() == 52
    slider.send_keys(Keys.PAGE_DOWN, Keys.ARROW_LEFT)
    assert day() == 58
    browser.execute_script("document.getElementById('speed').value = '0.5'")
    slider.send_keys(Keys.SPACE)
    assert play.text == "Pause"
    slider.send_keys(Keys.SPACE)
    assert play.text == "Play"
    browser.execute_script("document.activeElement.blur()")
    body.send_keys(Keys.END)
    wait_until(lambda: text_of(browser, "now").startswith("Day 60, Saturday 5 April 2025. Small ward: ward "))
    body.send_keys(Keys.SPACE)
    wait_until(lambda: 0 < day() < 59)
    body.send_keys(Keys.SPACE)
    assert play.text == "Play"


def test_one_person_is_followed_through_all_scenarios(opened: Any, study: Study) -> None:
    data = animation(study)
    person = next(p for p, track in situations(data).items() if track[0][0] > 5)
    browser = opened(data)
    follow = "const p = document.getElementById('person'); p.value = arguments[0]; p.dispatchEvent(new Event('change'))"
    browser.execute_script(follow, person)
    told = [each.text for each in browser.find_elements("class name", "followed")]
    assert told == [f"Person {person}: has not asked for care yet"] * 2
    to_day(browser, 59)
    told = [each.text for each in browser.find_elements("class name", "followed")]
    assert all(re.fullmatch(rf"Person {person}: .*(abstinent|using|has died)", each) for each in told)
    browser.execute_script(follow, 999_999)
    assert [each.text for each in browser.find_elements("class name", "followed")] == ["", ""]
    message = browser.execute_script("return document.getElementById('person').validationMessage")
    assert message == f"Nobody of this number is here. The nearest is {max(situations(data))}."


def test_whoever_wants_no_motion_sees_whole_days_and_no_flight(opened: Any, study: Study) -> None:
    browser = opened(animation(study), calm=True)
    to_day(browser, 30)
    # Two frames later everyone is where they belong; a picture in motion would go on changing.
    frames = "requestAnimationFrame(() => requestAnimationFrame(() => arguments[0](0)))"
    browser.execute_async_script(frames)
    snapshot = "return document.querySelector('#panels canvas').toDataURL()"
    first = browser.execute_script(snapshot)
    time.sleep(0.3)
    assert browser.execute_script(snapshot) == first
    clock = "return [Number(document.getElementById('day').value), performance.now()]"
    browser.execute_script("document.getElementById('speed').value = '20'; document.getElementById('play').click()")
    (first_day, began), (last_day, ended) = browser.execute_script(clock), [0.0, 0.0]
    while last_day < first_day + 3:
        last_day, ended = browser.execute_script(clock)
    # Two days a second at the most, and one that was as good as over when it began.
    assert last_day - first_day <= 2 * (ended - began) / 1_000 + 1


def test_the_first_and_the_last_day_are_inside_the_window(opened: Any, study: Study) -> None:
    browser = opened(animation(study))
    assert text_of(browser, "today") == "Day 1 of 60, Wednesday 5 February 2025"
    to_day(browser, 1_000)
    assert text_of(browser, "today") == "Day 60 of 60, Saturday 5 April 2025"


def test_shared_places_are_told_with_their_use(opened: Any) -> None:
    browser = opened(by_hand([stay(0, "detox", 95, 140), stay(1, "residential", 112, 130)], []))
    for day, used in ((5, 1), (15, 2)):
        to_day(browser, day)
        told = [cells[0] for head, cells in numbers(browser).items() if head.endswith(": in care")]
        assert [text.endswith(f"; bed {used} of 4, shared") for text in told] == [True, True, False, False]


@pytest.mark.parametrize(("pixels", "a_row"), [(1280, 4), (1000, 2), (700, 2), (2000, 4)])
def test_four_scenarios_lie_two_by_two_or_all_in_a_row(opened: Any, study: Study, pixels: int, a_row: int) -> None:
    today, cut = study.results.values()
    browser = opened(animation(Study({"a": today, "b": cut, "c": today, "d": cut})))
    size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    tops = "return [...document.querySelectorAll('#panels section')].map(s => s.getBoundingClientRect().top)"
    try:
        wait_until(lambda: browser.execute_script("return innerWidth") == pixels)
        found = browser.execute_script(tops)
        assert [found.count(top) for top in dict.fromkeys(found)] == [a_row] * (4 // a_row)
        ends = "return [document.getElementById('panels').getBoundingClientRect().bottom, innerHeight]"
        bottom, screen = browser.execute_script(ends)
        assert a_row == 2 or bottom <= screen
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_fits_a_phone(opened: Any, study: Study) -> None:
    browser = opened(animation(study))
    size = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        wait_until(lambda: browser.execute_script("return document.documentElement.scrollWidth <= 360"))
        wait_until(lambda: min(colours(browser, 0), colours(browser, 1)) > 200)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_one_scenario_and_nobody_at_all(opened: Any) -> None:
    browser = opened(animation(Study({"": sim.run(small(), 1, keep_records=True)})))
    assert browser.find_element("tag name", "h1").text == "Small ward: where everyone is"
    described = scenario(
        {"ward": {"length_of_stay": exponential(6)}}, arrivals={"closed_cohort": 0}, time={"follow_up_days": 9}
    )
    browser = opened(animation(Study({"": sim.run(described, 1, keep_records=True)})))
    assert text_of(browser, "about").startswith("Nobody was in care or waiting")
    assert {cell for cells in numbers(browser).values() for cell in cells} == {"0"}


def test_totals_are_those_of_the_metrics_and_grow_day_by_day(study: Study) -> None:
    data = animation(study, replication=1)
    whole = sim.compare({"today": small()}, 2, seed=1, keep_records=True)
    for told, result in zip(data["scenarios"], study.results.values(), strict=True):
        metrics = result.metrics[result.metrics["replication"] == 1].set_index("metric")["value"]
        totals, stays, waits = (
            told["totals"],
            *(frame[frame["replication"] == 1] for frame in (result.stays, result.waits)),
        )
        assert totals["asked"][-1] == metrics["asks"]
        assert totals["money"][-1] == round(metrics["cost.total"])
        for day in (0, 13, 59):
            begins, ends = data["day"], data["day"] + day + 1
            assert totals["admitted"][day] == ((stays["admitted"] >= begins) & (stays["admitted"] < ends)).sum()
            left = waits["outcome"].isin(["reneged", "left_silently"])
            assert totals["gave_up"][day] == (left & (waits["ended"] >= begins) & (waits["ended"] < ends)).sum()
        assert all(counts == sorted(counts) and len(counts) == 60 for counts in totals.values())
    # A shorter film ends with the same numbers as the longer one had on that day.
    (longer, shorter) = (animation(whole, days=days)["scenarios"][0]["totals"] for days in (60, 20))
    assert {name: counts[:20] for name, counts in longer.items()} == shorter


def test_moments_are_when_it_first_is_full_when_the_list_is_longest_and_when_places_change() -> None:
    """Three come on day 0 to a ward of two beds, which has one more from day 5 on; stays of ten days."""
    changes = [{"from_day": 5, "capacity": 3}, {"from_day": 30, "capacity": 1}]
    ward = {"places": ["bed"], "length_of_stay": fixed(10)}
    described = scenario({"ward": ward}, {"bed": 2}, **cohort(3, 40))
    described = described.with_overrides({"places.bed.changes": changes, "places.bed.title": "Beds"})
    data = animation(Study({"": sim.run(described, 1, keep_records=True)}))
    told = [(moment["tick"], moment["scenario"], moment["text"]) for moment in data["moments"]]
    assert told == [
        (0, 0, "The longest list: 1 wait for ward"),
        (500, 0, "Beds: 2 → 3"),
        (3000, 0, "Beds: 3 → 1"),
    ]


def test_programmes_part_on_the_day_of_the_change_and_have_their_own_names() -> None:
    pair = {"today": small(), "wider": small(**{"places.bed.capacity": 7})}
    data = animation(sim.compare(pair, 1, seed=1, keep_records=True, change_on=50))
    assert [each["name"] for each in data["scenarios"]] == ["Small ward (today)", "Small ward (wider)"]
    assert [each["policy"] for each in data["scenarios"]] == ["", "bed 6 -> 7"]
    (part,) = [moment for moment in data["moments"] if moment["scenario"] is None]
    assert part["tick"] == 2000
    grown = [moment["text"] for moment in data["moments"] if moment["scenario"] == 1 and moment["tick"] == 2000]
    assert "bed: 6 → 7" in grown


def test_running_totals_key_moments_and_a_year_in_a_minute_are_on_the_page(opened: Any, study: Study) -> None:
    from selenium.webdriver.common.keys import Keys

    data = animation(study)
    browser = opened(data)
    speed = browser.execute_script("return Number(document.getElementById('speed').value)")
    assert 365 / speed == pytest.approx(60, abs=0.1)
    to_day(browser, 30)
    terms = (
        "return [...document.querySelectorAll('.totals')].map(l => [...l.children].map(d => d.lastChild.textContent))"
    )
    for told, of_one in zip(browser.execute_script(terms), data["scenarios"], strict=True):
        assert told[:3] == [str(of_one["totals"][name][30]) for name in ("asked", "admitted", "gave_up")]
        assert told[5].startswith("$")
    body = browser.find_element("tag name", "body")
    body.send_keys(Keys.HOME)
    moment = next(each for each in data["moments"] if each["tick"] > 0)
    body.send_keys("n")
    day = moment["tick"] // 100
    assert text_of(browser, "today").startswith(f"Day {day + 1} of 60")
    assert text_of(browser, "moment-now").startswith(f"Day {day + 1}: ")
    choose = "const m = document.getElementById('moment'); m.value = arguments[0]; m.dispatchEvent(new Event('change'))"
    last = data["moments"][-1]["tick"]
    browser.execute_script(choose, str(last))
    assert text_of(browser, "today").startswith(f"Day {last // 100 + 1} of 60")
    body.send_keys("p")
    assert not text_of(browser, "today").startswith(f"Day {last // 100 + 1} of 60")


def test_who_is_on_a_medication_is_marked() -> None:
    """The mark is the foremost part of a situation, so that films without any are as they were."""
    stays, on = [stay(0, "detox", 95, 140)], course(0, "pills", 95, 110, 150, level="detox")
    (plain,) = by_hand(stays, [])["scenarios"]
    (marked,) = by_hand(stays, [], medications=[on, course(0, "pills", 160, float("nan"), 165, "declined")])[
        "scenarios"
    ]
    whole = len(plain["levels"]) + 1
    (_, *before), (_, *after) = plain["people"][0], marked["people"][0]
    situation = before[1]
    assert after[1::2] == [situation, situation + whole * whole * 6, whole * whole * 6, 0]
    assert after[::2] == [0, 1000, 3000, 1000]
