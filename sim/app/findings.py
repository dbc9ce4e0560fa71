"""What came out of a run, in the order in which a planner asks: the answer, the numbers, the money, who gains."""

from collections.abc import Iterable, Sequence
from typing import get_args

import streamlit as st

from sim.app.running import Job
from sim.app.sheets import show_sheet
from sim.app.wording import markdown_line
from sim.experiment.result import Study
from sim.outcomes import EFFECTS, PERSPECTIVES, Perspective
from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import answer, answer_of_one, caveat, rows_about
from sim.report.change import change_line
from sim.report.sections.cost import NOBODY
from sim.report.sheets.groups import gap_sheet, group_differences, group_sheets
from sim.report.sheets.money import budget_sheet, margin_sheet, rates_sheet, value_sheets
from sim.report.sheets.outcomes import measured, outcome_sheets
from sim.report.sheets.sheet import Sheet
from sim.report.words import shortened


def findings(job: Job) -> None:
    """The findings of a job that is done."""
    study = job.study
    single = len(study.results) == 1
    sentences, sheets = job.keep("answer", lambda: (_sentences(study), list(outcome_sheets(study, measured(study)))))
    st.subheader("How it runs" if single else "The answer", anchor=False)
    if not single:
        st.caption(markdown_line(change_line(shortened(study.baseline), study.change), 1_000))
    st.caption(markdown_line(caveat(study.replications)))
    for sentence in sentences:
        if sentence:
            st.markdown(markdown_line(sentence, 4_000))
    if not single:
        st.subheader("What differs", anchor=False)
    _show(sheets)
    st.subheader("What it costs" if single else "What it costs, and what that buys", anchor=False)
    if not single:
        _value(job)
    _show(job.keep("budget", lambda: _budget(study)))
    if single:
        st.caption("Add an alternative in step 3 to see differences.")
        return
    st.subheader("Who gains", anchor=False)
    gaps, groups = job.keep("equity", lambda: _equity(study))
    if isinstance(gaps, str):
        st.markdown(markdown_line(gaps))
    else:
        _show([gaps])
    if groups:
        with st.expander("What changes for each group of patients"):
            _show(groups)


def _show(sheets: Iterable[Sheet]) -> None:
    for sheet in sheets:
        if sheet.rows:
            show_sheet(sheet)


def _sentences(study: Study) -> Sequence[str]:
    """The answer; without an alternative there is nothing to compare, but much to see."""
    known = measured(study)
    if len(study.results) == 1:
        return answer_of_one(study.results[study.baseline].summary(), known, study.replications)
    rows = rows_about(study.differences(), known)
    pairs = [rows[rows["scenario"] == label] for label in list(study.results)[1:]]
    return [sentence for pair in pairs for sentence in answer(pair, known, study.replications)]


def _value(job: Job) -> None:
    condition = job.study.results[job.study.baseline].scenario.condition
    left, right = st.columns(2)
    whose: tuple[Perspective, ...] = get_args(Perspective)
    with left:
        perspective = st.selectbox(
            "Whose costs count", whose, whose.index("society"), format_func=str.capitalize, key="perspective"
        )
        st.caption(markdown_line(PERSPECTIVES[perspective]))
    with right:
        effect = st.selectbox(
            "What is gained", list(EFFECTS), format_func=lambda name: EFFECTS[name].of(condition).unit, key="effect"
        )
    try:
        sheets = job.keep(("value", effect, perspective), lambda: list(value_sheets(job.study, effect, perspective)))
        if not sheets:
            raise ValueError(NOBODY)
        _show(sheets)
    except ValueError as problem:
        st.info(markdown_line(problem))


def _budget(study: Study) -> list[Sheet]:
    rates = rates_sheet(study)
    return [budget_sheet(study), *([margin_sheet(study), rates] if rates is not None else [])]


def _equity(study: Study) -> tuple[Sheet | str, list[Sheet]]:
    """Gaps that change, and what changes for each group."""
    if study.groups.empty:
        return "No groups of patients are told apart.", []
    of_groups = measured(study, OF_GROUPS)
    groups = list(group_sheets(study, of_groups, group_differences(study, of_groups)))
    return gap_sheet(study, measured(study)), groups
