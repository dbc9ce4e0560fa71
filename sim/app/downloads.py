"""What a visitor may take along: tables, the whole study, and each system as a scenario file."""

import re

import streamlit as st

from sim.app.report import report
from sim.app.running import Job
from sim.app.systems import Comparison, Described, shipped
from sim.app.wording import labelled, markdown_line
from sim.scenario.toml_text import scenario_text

TABLES = {
    "differences.csv": "Differences",
    "summary.csv": "All outcomes",
    "cost_effectiveness.csv": "Cost-effectiveness",
    "gaps.csv": "Gaps between groups",
    "budget.csv": "Budget by month",
}


def study_downloads(job: Job) -> None:
    """Tables as CSV, and the folder that the command line would have written as one zip."""
    # One system alone has neither differences nor gaps: their tables are a head without rows.
    offered = {name: words for name, words in TABLES.items() if len(job.files.get(name, b"").splitlines()) > 1}
    columns = st.columns(3)
    with columns[0]:
        st.download_button(
            "Everything (zip)",
            job.archive,
            "study.zip",
            "application/zip",
            on_click="ignore",
            key="zip",
            type="primary",
        )
    with columns[1]:
        # It is written when somebody asks for it: that takes some seconds.
        st.download_button(
            "Report (HTML)", lambda: report(job), "report.html", "text/html", on_click="ignore", key="report"
        )
    for index, (name, words) in enumerate(offered.items(), start=2):
        with columns[index % 3]:
            st.download_button(f"{words} (CSV)", job.files[name], name, "text/csv", on_click="ignore", key=name)


def scenario_downloads(comparison: Comparison, described: list[Described]) -> None:
    """Each sound system as a file for the command line; it loads as just the scenario that is simulated here."""
    for index, system in enumerate(described):
        if system.scenario is None:
            continue
        base = system.source.shipped
        try:
            text = scenario_text(system.scenario, base, shipped(base).scenario if base else None)
        except ValueError as problem:
            st.caption(markdown_line(problem))
            continue
        st.download_button(
            f"Scenario file: {labelled(system.system.name)} (TOML)",
            text,
            f"{file_stem(system.system.name) or f'system_{index}'}.toml",
            "application/toml",
            on_click="ignore",
            key=f"toml/{comparison.version}/{system.system.number}",
        )


def file_stem(name: str) -> str:
    """A name as that of a file: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50]
