"""What came out of a run, as the report tells it: two pages that decide, then sections that open at a click."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import get_args

import streamlit as st

from sim.app.guard import guarded
from sim.app.running import Job
from sim.app.wording import markdown_line
from sim.experiment.psa.matching import matched
from sim.outcomes import EFFECTS, PERSPECTIVES, Perspective
from sim.report.brief import brief_html
from sim.report.page import report_page, section_modules
from sim.report.page_parts import Account, Part
from sim.report.render.files import rendered, rendered_piece
from sim.report.wording import with_names

DRAWING = threading.Lock()
"""Held while matplotlib draws: it does so for one visitor at a time."""


def findings(job: Job) -> None:
    """The findings of a job that is done."""
    first = st.container()
    of = _account(job)
    first.html(job.keep(("brief", of.perspective), lambda: brief_html(job.study, of.perspective, job.psa)))
    for module in section_modules():
        box = st.expander(module.HEADING, module.OPENED, key=f"section/{module.KEY}", on_change="rerun")
        if box.open:
            with box, guarded(module.HEADING), st.spinner("Writing ..."):
                parts = partial(module.parts, of)
                st.html(job.keep((module.KEY, of.effect, of.perspective), partial(piece, parts)))
    # It is written when somebody asks for it: that takes some seconds.
    written = partial(report, job, of)
    st.download_button("Report (HTML)", written, "report.html", "text/html", on_click="ignore", key="report")


def report(job: Job, of: Account) -> bytes:
    """The whole report as one HTML file with nothing in it from elsewhere."""

    def written() -> bytes:
        with DRAWING:
            return rendered(
                report_page(job.study, of.provenance, of.effect, of.perspective, psa=job.psa), "html"
            ).encode()

    return job.keep(("report", of.effect, of.perspective), written)


def piece(parts: Callable[[], Sequence[Part]]) -> str:
    """Parts of a section as HTML; pictures are drawn for one visitor at a time."""
    with DRAWING:
        return rendered_piece(parts())


def _account(job: Job) -> Account:
    """What the report is about, with fields for whose costs count and what is gained, where anything is compared."""
    if len(job.order.arms) == 1:
        return _account_of(job, "qaly", "society")
    left, right = st.columns(2)
    whose: tuple[Perspective, ...] = get_args(Perspective)
    first, named = whose.index("society"), str.capitalize
    perspective = left.selectbox("Whose costs count", whose, first, format_func=named, key="perspective")
    left.caption(markdown_line(PERSPECTIVES[perspective]))
    condition = next(iter(job.order.arms.values())).condition
    units = {name: effect.of(condition).unit for name, effect in EFFECTS.items()}
    effect = right.selectbox("What is gained", list(EFFECTS), format_func=lambda name: units[name], key="effect")
    of = _account_of(job, effect, perspective)
    try:
        _ = of.not_told
    except ValueError as problem:
        right.info(markdown_line(problem))
        return _account_of(job, "qaly", perspective)
    return of


def _account_of(job: Job, effect: str, perspective: Perspective) -> Account:
    def made() -> Account:
        named = with_names(job.study)
        varied = None if job.psa is None else matched(job.psa, named.scenarios, named.change)
        return Account(named, job.provenance, effect, perspective, list(job.study.results), psa=varied)

    return job.keep(("account", effect, perspective), made)
