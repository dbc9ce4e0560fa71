"""The report on a job's study: its pictures for the page, and the whole of it as one file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from sim.app.running import Job
from sim.app.sheets import DRAWING, png
from sim.app.wording import labelled, markdown_line
from sim.files.provenance import Provenance
from sim.report.page import report_page
from sim.report.page_parts import Page
from sim.report.pictures.warm_up_figure import warm_up_figure
from sim.report.render.files import rendered
from sim.report.sheets.warm_up import warm_up_verdict


@dataclass(frozen=True)
class Drawn:
    """A picture, drawn. says: what can be seen on it."""

    heading: str
    says: str
    png: bytes


def pictures(job: Job) -> None:
    """The pictures of the report, and how the system filled; drawn once, each opens at a click."""
    with st.spinner("Drawing ..."):
        try:
            drawn = job.keep("pictures", lambda: list(_drawn(job)))
        except ValueError as problem:
            st.info(markdown_line(problem))
            return
    for index, each in enumerate(drawn):
        with st.expander(labelled(each.heading), expanded=index == 0):
            st.markdown(markdown_line(each.says))
            st.image(each.png, width="stretch", alt=each.says or each.heading)


def report(job: Job) -> bytes:
    """The report as one HTML file with nothing in it from elsewhere. ValueError for a study too short for one."""

    def written() -> bytes:
        with DRAWING:
            return rendered(_page(job), "html").encode()

    return job.keep("report", written)


def _page(job: Job) -> Page:
    def made() -> Page:
        manifest = json.loads(job.files["manifest.json"])
        return report_page(job.study, Provenance(manifest["stepdown"], manifest["versions"]))

    return job.keep("page", made)


def _drawn(job: Job) -> Iterator[Drawn]:
    for section in _page(job).sections:
        for part in section.parts:
            for each in part.pictures:
                yield Drawn(each.heading, each.says, png(each.figure))
    for label, result in job.study.results.items():
        verdict = warm_up_verdict(result.warm_up())
        yield Drawn(f"Whether the warm-up is long enough: {label}", verdict, png(warm_up_figure(result)))
