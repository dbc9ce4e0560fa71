"""What a visitor may take along: tables, the whole study, and each system as a scenario file."""

import re

import streamlit as st

from sim.app.running import Job
from sim.app.systems import Comparison, Described
from sim.app.wording import labelled, markdown_line

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
    columns[0].download_button(
        "Everything (zip)", job.archive, "study.zip", "application/zip", on_click="ignore", key="zip", type="primary"
    )
    for index, (name, words) in enumerate(offered.items(), start=1):
        columns[index % 3].download_button(
            f"{words} (CSV)", job.files[name], name, "text/csv", on_click="ignore", key=name
        )


def scenario_downloads(comparison: Comparison, described: list[Described]) -> None:
    """Each sound system as a file for the command line; it loads as just the scenario that is simulated here."""
    for index, system in enumerate(described):
        if system.scenario is None:
            continue
        name = system.system.name
        try:
            text = system.text
        except ValueError as problem:
            st.caption(markdown_line(problem))
            continue
        stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50] or f"system_{index}"
        key = f"toml/{comparison.version}/{system.system.number}"
        st.download_button(
            f"Scenario file: {labelled(name)} (TOML)",
            text,
            f"{stem}.toml",
            "application/toml",
            on_click="ignore",
            key=key,
        )
