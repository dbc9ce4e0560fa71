"""One patient's two journeys."""

import streamlit as st

from sim.app.findings import piece
from sim.app.running import Job
from sim.app.wording import markdown_line
from sim.outcomes.headline import SHORT
from sim.report.page_parts import Part, Picture
from sim.report.pictures.story_figure import story_figure
from sim.report.sheets.sheet import Sheet, words
from sim.report.story import Story, closing, retell, story_lines

METRICS = ("days_well", "relapse.365_days", "retention.90_days", "qalys.per_patient", "cost.per_patient.society")
"""By what a patient may be picked: whose contribution to it differs most."""


def journeys(job: Job) -> None:
    """Fields to pick a patient, and what became of them in both systems."""
    arms, (baseline, *others) = job.order.arms, job.order.arms
    called = {name: SHORT[name].format(**arms[baseline].condition.words) for name in METRICS}
    st.markdown("The same person with the same luck in two systems: an example, not proof.")
    left, middle, right = st.columns(3)
    other = left.selectbox("Compared with the baseline", others, key="story/other")
    words = "Whose journey: the one who differs most in"
    metric = middle.selectbox(words, METRICS, format_func=lambda name: called[name], key="story/metric")
    number = right.number_input(
        "Or patient number (empty: see left)", 0, None, None, 1, key="story/patient", placeholder="none"
    )
    wanted = (job.key, other, metric, number)
    if st.button("Tell the two journeys", key="story/tell"):
        with st.spinner("Simulating one replication of both systems ..."):
            try:
                patient = None if number is None else int(number)
                story = retell(arms[baseline], arms[other], (baseline, other), patient, metric, job.order.seed)
                text = "\n".join([*story_lines(story), ""])
                st.session_state["story"] = (wanted, piece(lambda: [_part(story)]), text)
            except ValueError as problem:
                st.session_state.pop("story", None)
                st.error(markdown_line(problem))
    kept = st.session_state.get("story")
    if kept is not None and kept[0] == wanted:
        st.html(kept[1])
        st.download_button(
            "Download the story (text)", kept[2], "journeys.txt", "text/plain", on_click="ignore", key="story/text"
        )


def _part(story: Story) -> Part:
    first, second = story.labels
    says = f"Two lanes of time, {first} above {second}, with stays in care, waits and clinical state. {closing(story)}"
    rows = [(f"{day:.1f}", left, right) for day, left, right in story.rows.itertuples(index=False)]
    return Part(
        f"Patient {story.patient}: {story.who}",
        [closing(story)],
        sheets=[Sheet("Day by day since asking for care", words("day", first, second), rows)],
        pictures=[Picture("The two journeys", says, story_figure(story))],
    )
