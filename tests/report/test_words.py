"""Names and texts, cut and joined."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.report.words import listed, short_names, shortened, stacked

LONG = "a_county_programme_with_a_really_long_name_that_goes_on_and_on"


def test_cut_and_joined() -> None:
    assert shortened("today") == "today"
    assert shortened("a system,  with a long name", 9) == "a system…"
    assert [listed("abc"[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_a_name_without_spaces_goes_on_in_the_next_line() -> None:
    assert stacked("intensive_outpatient_programme", 12, 3) == "intensive_\noutpatient_\nprogramme"
    assert stacked("well-kept names", 6, 3) == "well-\nkept\nnames"
    assert stacked("levels.iop.cost_per_session", 27, 2) == "levels.iop.cost_per_session"
    assert stacked("levels.residential.next.0.probability", 28, 2) == "levels.residential.\nnext.0.probability"
    assert stacked("intensive_outpatient_programme", 12, 2).endswith("…")


def test_what_long_names_share_is_left_out_first() -> None:
    assert short_names(["today", f"{LONG}_more_beds", f"{LONG}_fewer_beds"], 30) == {
        "today": "today",
        f"{LONG}_more_beds": "…goes_on_and_on_more_beds",
        f"{LONG}_fewer_beds": "…goes_on_and_on_fewer_beds",
    }
    whole = "No linked step-down after residential care"
    assert short_names([whole, "b", "c"])[whole] == whole
    assert len(short_names([whole, "b", "c", "d"])[whole]) <= 30
    assert short_names(["today", "tomorrow"]) == {"today": "today", "tomorrow": "tomorrow"}


@settings(max_examples=300, deadline=None, derandomize=True)
@example(["x" * 100, "x" * 100 + "y"], 30)
@example([f"{LONG}_{'z' * 40}_{i}" for i in range(9)], 30)
@given(st.lists(st.text("ab _-", min_size=1, max_size=60), min_size=1, max_size=9, unique=True), st.integers(12, 40))
def test_short_names_are_short_and_told_apart(names: list[str], longest: int) -> None:
    shorts = short_names(names, longest)
    assert list(shorts) == names
    assert all(len(short) <= longest for short in shorts.values())
    assert len({*shorts.values()}) == len(names)
