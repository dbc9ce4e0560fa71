"""Targets on the terminal and on the report page."""

import math

import pandas as pd
import pytest
from experiment.systems import small
from report.sheets.test_tables import lines

import sim
from sim.analysis.targets import TARGET_COLUMNS
from sim.files.provenance import Provenance
from sim.report.page import report_page
from sim.report.sheets.targets import targets_sheet

INF = math.inf
ROWS = pd.DataFrame(
    [
        ("asks", "asks per month", 30.0, 30.0, 2.0, 34.0, 33.0, 35.0, 9, "outside", 2.0, "our list"),
        ("stay", "days", 5.0, 8.0, 0.0, 6.0, 5.5, 6.5, 9, "within", 0.0, "our list"),
        ("wait", "days", -INF, 8.0, 1.0, 9.0, 8.5, 9.5, 9, "cannot tell", 0.0, "our list"),
        ("none", "days", 3.0, INF, 0.0, math.nan, math.nan, math.nan, 0, "cannot tell", math.nan, "our list"),
    ],
    columns=TARGET_COLUMNS,
)


def test_you_say_and_the_model_says() -> None:
    title, _, *rows = lines(targets_sheet(ROWS, "base"))
    assert title == "You say / the model says: base"
    assert [" ".join(row.split()) for row in rows] == [
        "asks asks per month 30 ± 2 34.0 (33.0 to 35.0) outside, too high by 2 our list",
        "stay days 5 to 8 6.0 (5.5 to 6.5) within our list",
        "wait days at most 8 ± 1 9.0 (8.5 to 9.5) cannot tell: more replications would our list",
        "none days at least 3 cannot tell: undefined our list",
    ]


@pytest.mark.usefixtures("undrawn")
def test_the_answer_of_the_page_opens_with_them() -> None:
    described = small(targets={"asks": {"metric": "asks.all.per_month", "low": 900.0, "source": "a wild guess"}})
    page = report_page(sim.Study({"": sim.run(described, replications=3)}), Provenance("1", {}))
    (answer,) = [section for section in page.sections if section.key == "answer"]
    ((row,),) = [sheet.texts for part in answer.parts for sheet in part.sheets]
    assert row[0] == "asks"
    assert row[4].startswith("outside, too low by ")
