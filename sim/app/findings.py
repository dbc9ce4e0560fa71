"""What came out of a run, in the order in which a planner asks: the answer, the numbers, the money, who gains."""

from collections.abc import Sequence
from typing import get_args

import streamlit as st

from sim.app.running import Job
from sim.app.sheets import show_sheet
from sim.app.wording import markdown_line
from sim.experiment.result import Study
from sim.outcomes import EFFECTS, OF_EQUITY, PERSPECTIVES, Perspective, main_outcomes
from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import answer, answer_of_one, caveat, rows_about
from sim.report.change import change_line
from sim.report.page_parts import Sheet
from sim.report.page_tables import (
    budget_sheet,
    cost_effectiveness_sheet,
    difference_sheet,
    gap_sheet,
    group_differences,
    group_sheet,
    judged_gaps,
    lone_sheet,
    margin_sheets,
    net_benefit_sheet,
    present,
    summary_sheet,
)
from sim.report.wording import Measure, measures
from sim.report.words import shortened

Told = tuple[Sequence[str], Sequence[Sheet]]
"""Sentences, and the tables that they go by."""


def findings(job: Job) -> None:
    """The findings of a job that is done."""
    study = job.study
    single = len(study.results) == 1
    sentences, sheets = job.keep("answer", lambda: _one(study) if single else _several(study))
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
    _show(job.keep("budget", lambda: [_budget(study), *margin_sheets(study.summary(), study)]))
    if single:
        st.caption("Add an alternative in step 3 to see differences.")
        return
    st.subheader("Who gains", anchor=False)
    gaps, groups = job.keep("equity", lambda: _equity(study))
    if not gaps:
        st.markdown("No gap between groups of patients was found to change.")
    _show(gaps)
    if groups:
        with st.expander("What changes for each group of patients"):
            _show(groups)


def _show(sheets: Sequence[Sheet]) -> None:
    for sheet in sheets:
        if sheet.rows:
            show_sheet(sheet)


def _measures(study: Study) -> dict[str, Measure]:
    scenarios = [result.scenario for result in study.results.values()]
    return measures(scenarios, main_outcomes(scenarios))


def _one(study: Study) -> Told:
    """Without an alternative there is nothing to compare, but much to see."""
    summary, known = study.results[study.baseline].summary(), _measures(study)
    sentences = answer_of_one(summary, known, study.replications)
    return sentences, [summary_sheet(summary, known, study.replications)]


def _several(study: Study) -> Told:
    known = _measures(study)
    rows = rows_about(study.differences(), known)
    pairs = [rows[rows["scenario"] == label] for label in list(study.results)[1:]]
    sentences = [sentence for pair in pairs for sentence in answer(pair, known, study.replications)]
    lone = lone_sheet(study.summary(), known, list(study.results))
    return sentences, [*(difference_sheet(pair, known) for pair in pairs if len(pair)), *([lone] if lone else [])]


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
        _show(job.keep(("value", effect, perspective), lambda: _worth(job.study, effect, perspective)))
    except ValueError as problem:
        st.info(markdown_line(problem))


def _worth(study: Study, effect: str, perspective: Perspective) -> list[Sheet]:
    scenario = study.results[study.baseline].scenario
    currency, condition = scenario.currency, scenario.condition
    table = study.cost_effectiveness(effect, perspective)
    if table.empty:
        raise ValueError("Nobody asked for care, so there is neither cost nor effect to compare.")
    counted = study.counted(effect)[0]
    sheets = [cost_effectiveness_sheet(table, effect, perspective, currency, counted, condition)]
    if effect == "qaly":
        benefit = study.net_benefit(effect=effect, perspective=perspective)
        sheets.append(net_benefit_sheet(benefit, study.baseline, currency, perspective, counted))
    return sheets


def _budget(study: Study) -> Sheet:
    return budget_sheet(study.budget_impact("year", by=()), "", "Budget of the programme by calendar year", study)


def _equity(study: Study) -> tuple[list[Sheet], list[Sheet]]:
    """Gaps that change, and what changes for each group."""
    if study.groups.empty:
        return [], []
    known = measures([result.scenario for result in study.results.values()], OF_EQUITY)
    gaps = gap_sheet(judged_gaps(study), known)
    shown = present(known, OF_GROUPS)
    rows = group_differences(study, shown)
    groups = [group_sheet(rows[rows["scenario"] == label], shown) for label in rows["scenario"].unique()]
    return [gaps] if gaps is not None else [], groups
