"""One patient's two journeys."""

import streamlit as st

from sim.app.running import Job
from sim.app.sheets import png, show_sheet
from sim.app.wording import markdown_line
from sim.outcomes.headline import SHORT
from sim.report.pictures.story_figure import story_figure
from sim.report.sheets.sheet import Sheet, words
from sim.report.story import Story, closing, retell, story_lines

METRICS = ("days_well", "relapse.365_days", "retention.90_days", "qalys.per_patient", "cost.per_patient.society")
"""By what a patient may be picked: whose contribution to it differs most."""


def journeys(job: Job) -> None:
    """Fields to pick a patient, and what became of them in both systems."""
    baseline, *others = job.order.arms
    words = job.order.arms[baseline].condition.words
    st.markdown("The same person with the same luck in two systems: an example, not proof.")
    left, middle, right = st.columns(3)
    with left:
        other = st.selectbox("Compared with the baseline", others, key="story/other")
    with middle:
        metric = st.selectbox(
            "Whose journey: the one who differs most in",
            METRICS,
            format_func=lambda name: SHORT[name].format(**words),
            key="story/metric",
        )
    with right:
        number = st.number_input(
            "Or patient number (empty: see left)", 0, None, None, 1, key="story/patient", placeholder="none"
        )
    wanted = (job.key, other, metric, number)
    if st.button("Tell the two journeys", key="story/tell"):
        with st.spinner("Simulating one replication of both systems ..."):
            try:
                story = retell(
                    job.order.arms[baseline],
                    job.order.arms[other],
                    (baseline, other),
                    None if number is None else int(number),
                    metric,
                    job.order.seed,
                )
                st.session_state["story"] = (wanted, story, png(story_figure(story)))
            except ValueError as problem:
                st.session_state.pop("story", None)
                st.error(markdown_line(problem))
    kept = st.session_state.get("story")
    if kept is not None and kept[0] == wanted:
        _tell(kept[1], kept[2])


def _tell(story: Story, picture: bytes) -> None:
    first, second = story.labels
    st.markdown(f"**Patient {story.patient}**: {markdown_line(story.who)}. {markdown_line(closing(story))}")
    says = f"Two lanes of time, {first} above {second}, with stays in care, waits and clinical state. {closing(story)}"
    st.image(picture, width="stretch", alt=says)
    rows = [(f"{day:.1f}", left, right) for day, left, right in story.rows.itertuples(index=False)]
    show_sheet(Sheet("Day by day since asking for care", words("day", first, second), rows))
    st.download_button(
        "Download the story (text)",
        "\n".join(story_lines(story)) + "\n",
        "journeys.txt",
        "text/plain",
        on_click="ignore",
        key="story/text",
    )
