"""The answer in three sentences: what it claims, and that it claims nothing that was not found."""

import math
from collections.abc import Sequence

import pandas as pd
import pytest
from support import exponential, scenario

from sim.analysis import holm
from sim.report.answers import answer, answer_of_one, caveat, groups_answer, rows_about
from sim.report.verdicts import CLAIMS
from sim.report.wording import Measure, measures

NAN = math.nan
NAMES = ("retention.90_days", "days_well", "cost.total", "cost.per_patient.society")


def spoken() -> dict[str, Measure]:
    return measures([scenario({"ward": {"length_of_stay": exponential(8)}})], NAMES)


def rows(*found: tuple[str, float, float], label: str = "new", against: str = "old") -> pd.DataFrame:
    """(metric, difference, p value) of each row; intervals of a half to either side."""
    columns = ["metric", "difference", "p_value"]
    frame = pd.DataFrame(list(found), columns=columns)
    known = frame["p_value"].notna()
    return frame.assign(
        scenario=label,
        against=against,
        baseline=0.0,
        mean=frame["difference"],
        ci_low=(frame["difference"] - 0.5).where(known),
        ci_high=(frame["difference"] + 0.5).where(known),
        p_adjusted=holm(frame["p_value"].to_numpy(dtype=float)),
    )


def told(*found: tuple[str, float, float], replications: int = 10, **names: str) -> tuple[str, str, str]:
    return answer(rows_about(rows(*found, **names), spoken()), spoken(), replications)


def claims(sentences: Sequence[str]) -> list[str]:
    text = " ".join(sentences)
    return [word for word in CLAIMS if f"{word} on" in text]


def test_what_is_better_is_said_with_its_size_and_interval() -> None:
    patients, money, rest = told(("days_well", 5.0, 0.001), ("cost.total", 100.0, 0.001))
    assert patients == (
        "In this model, compared with old, new does better on days abstinent a person within 100 days (+5.0 days, +4.5 "
        "to +5.5)."
    )
    assert money == (
        "In money it does worse on the budget of the programme in the 100 days measured (+100.0 USD, +99.5 to +100.5)."
    )
    assert rest == "In this model every outcome that is told here was found to differ."


def test_a_share_is_told_in_points() -> None:
    patients, _, _ = told(("retention.90_days", -0.1, 0.001))
    assert patients.startswith(
        "In this model, compared with old, new does worse on the share in care on day 90 (-10 points,"
    )


PAID = ("margin.total", "residual.share", "cost.total")


def of_payers(*residual: str) -> dict[str, Measure]:
    level = {"ward": {"length_of_stay": exponential(8)}}
    parts = {"population": {"payer": {"medicaid": 1.0}}}
    paid = [{"attribute": "payer", "residual_payer": name} for name in residual]
    return measures([scenario(level, **parts, reimbursement=each) for each in paid], PAID)


def test_what_is_left_and_who_bears_the_rest_are_part_of_the_answer() -> None:
    found = rows(("cost.total", 5.0, 0.001), ("margin.total", -100.0, 0.001), ("residual.share", 0.2, 0.001))
    found = found.assign(ci_low=math.nan, ci_high=math.nan)
    spoken_of = of_payers("county", "county")
    patients, money, rest = answer(rows_about(found, spoken_of), spoken_of, 10)
    assert patients == "On what happens to patients the two have no main outcome in common."
    assert money == (
        "In money it does worse on the margin of the programme in the 100 days measured (-100 USD), the share of the "
        "budget that county bears (+20 points) and the budget of the programme in the 100 days measured (+5 USD)."
    )
    assert rest == "In this model every outcome that is told here was found to differ."
    _, money, rest = answer(rows_about(found.assign(p_value=1.0, p_adjusted=1.0), spoken_of), spoken_of, 10)
    assert money == "In this model no difference was found in costs, or in what is left and who bears the rest."
    assert "the margin of the programme in the 100 days measured" in rest
    summary = pd.DataFrame({"metric": ["margin.total"], "mean": [-100.0], "ci_low": [NAN], "ci_high": [NAN]})
    assert (
        answer_of_one(summary, spoken_of, 10)[2]
        == "What it costs: margin of the programme in the 100 days measured -100 USD."
    )


def test_who_bears_the_rest_is_named_where_it_is_the_same_in_all() -> None:
    assert of_payers("county", "county")["residual.share"].words == "share of the budget that county bears"
    assert of_payers("county", "state")["residual.share"].words == "share of the budget that the residual payer bears"


def test_a_mixed_answer_says_both() -> None:
    patients, _, _ = told(("retention.90_days", 0.1, 0.001), ("days_well", -5.0, 0.001))
    assert "better on the share in care" in patients
    assert ", and worse on days abstinent" in patients


@pytest.mark.parametrize("p", [0.05, 0.2, 1.0])
def test_there_is_no_claim_at_a_p_value_of_a_twentieth_or_more(p: float) -> None:
    sentences = told(("days_well", 5.0, p), ("cost.total", 100.0, p))
    assert claims(sentences) == []
    assert sentences[0] == "In this model no difference was found in what happens to patients."
    assert sentences[1] == "In this model no difference was found in costs."
    assert "which does not show that there is none" in sentences[2]


def test_claims_go_by_the_adjusted_p_value() -> None:
    """0.03 twice is 0.06 by Holm: what its own interval finds may then be chance, and is said with it."""
    assert claims(told(("days_well", 5.0, 0.03))) == ["better"]
    both = told(("days_well", 5.0, 0.03), ("cost.total", 1.0, 0.03))
    assert claims(both) == []
    assert both[2] == (
        "Among so many comparisons it may be chance that there is one in days abstinent a person within 100 days "
        "(+5.0 days, +4.5 to +5.5) and the budget of the programme in the 100 days measured (+1.0 USD, +0.5 to +1.5)."
    )


def test_what_never_differs_is_the_same_and_no_claim() -> None:
    sentences = told(("days_well", 0.0, 1.0), ("cost.total", 5.0, 0.001))
    assert "xactly the same in every future: days abstinent a person within 100 days" in sentences[2]


def test_one_replication_claims_nothing() -> None:
    sentences = told(("days_well", 5.0, NAN), ("cost.total", 100.0, NAN), replications=1)
    assert claims(sentences) == []
    assert "cannot tell a difference from chance" in sentences[0]
    assert "no intervals" in caveat(1)


def test_an_outcome_without_a_value_is_said_to_be_unknown() -> None:
    sentences = told(("days_well", NAN, NAN), ("cost.total", 100.0, 0.001))
    assert (
        "cannot be compared: days abstinent a person within 100 days (undefined if nobody asks)" in sentences[2].lower()
    )
    assert "nan" not in " ".join(sentences).lower()


def test_without_an_outcome_in_common_there_is_no_answer() -> None:
    first, *_ = told()
    assert "no outcome that could be compared" in first


def test_long_labels_are_shortened() -> None:
    first, *_ = told(("days_well", 5.0, 0.001), label="x" * 5000, against="y " * 3000)
    assert len(first) < 400


def test_intervals_are_said_to_be_simulation_error_only() -> None:
    assert "error of simulating 10 futures" in caveat(10)
    assert "inputs, or left out of the model, is not in it" in caveat(10)


def test_a_single_run_is_described_without_comparing() -> None:
    summary = pd.DataFrame(
        {
            "metric": ["retention.90_days", "cost.total"],
            "mean": [0.25, 1000.0],
            "ci_low": [0.2, NAN],
            "ci_high": [0.3, NAN],
        }
    )
    access, outcomes, money = answer_of_one(summary, spoken(), 10)
    assert access == "In this model, getting in: nobody asked for care, so there is nothing to say."
    assert outcomes == "What becomes of them: share in care on day 90 25 % (20 to 30)."
    assert money == "What it costs: budget of the programme in the 100 days measured 1,000 USD."


def of_groups(**verdicts: str) -> str:
    """The sentence about these groups, whose differences rise from 1 in their order."""
    frame = pd.DataFrame({"group": list(verdicts), "verdict": list(verdicts.values())})
    frame = frame.assign(metric="days_well", difference=[1.0 + i for i in range(len(frame))])
    (line,) = groups_answer(frame.assign(ci_low=frame["difference"] - 0.5, ci_high=frame["difference"] + 0.5), spoken())
    return line.removeprefix("Days abstinent a person within 100 days: ")


def test_groups_are_named_only_where_a_difference_was_found() -> None:
    assert of_groups(mild="better", severe="no difference found", stable="worse") == (
        "better for mild; worse for stable; no difference was found for one other; from +1.0 days (+0.5 to +1.5) for "
        "mild to +3.0 days (+2.5 to +3.5) for stable."
    )
    assert of_groups(mild="no difference found", severe="may be chance") == (
        "no difference was found beyond chance for any group."
    )


def test_many_groups_are_told_in_few_words_and_by_who_gains_most() -> None:
    assert of_groups(a="better", b="better", c="better") == (
        "better for all 3 groups; from +1.0 days (+0.5 to +1.5) for a to +3.0 days (+2.5 to +3.5) for c."
    )
    assert of_groups(a="better", b="better", c="better", d="same") == (
        "better for all groups but d; no difference was found for one other; from +1.0 days (+0.5 to +1.5) for a to "
        "+3.0 days (+2.5 to +3.5) for c."
    )
