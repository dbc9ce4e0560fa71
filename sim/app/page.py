"""The page, from top to bottom. Streamlit runs this file anew for every visitor and every change they make.

Whatever a visitor lays out or runs is in their own visit (`visits`), which a reload finds again; nothing is shared by
visitors but the shipped scenarios, which never change. `stepdown app` starts it.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.app.downloads import scenario_downloads, study_downloads
from sim.app.editor import editor
from sim.app.findings import findings
from sim.app.guard import guarded
from sim.app.journeys import journeys
from sim.app.reading import read
from sim.app.running import Job, Order
from sim.app.systems import MOST_ALTERNATIVES, Comparison, Described, shipped
from sim.app.visits import Visit, keep, visit_of
from sim.app.wording import markdown_line
from sim.report.wording import value_text
from sim.scenario import shipped_names

UPLOAD = "a file of my own"
FEWEST, MOST = 5, 200
DRAWS, NO_DRAWS = (0, 16, 32, 64, 128), "none: only chance is in the intervals"
MOST_PROBLEMS = 30
STYLE = f"<style>\n{Path(__file__).with_name('page.css').read_text(encoding='utf-8')}</style>"
"""Fixed text: nothing that anybody can name or type gets in here."""


def main() -> None:
    """Build the page."""
    st.set_page_config(page_title="Stepdown", page_icon="🪜", layout="wide")
    st.html(STYLE)
    if "visit" not in st.session_state:
        st.session_state["visit"] = visit_of(st.query_params.get("visit", ""))
    visit: Visit = st.session_state["visit"]
    keep(visit)
    st.query_params["visit"] = visit.token
    comparison = visit.comparison
    st.title("Stepdown", anchor=False)
    st.markdown(
        "What changes if treatment is run differently? Choose a programme, change it, set alternatives beside it, and "
        "simulate all of them with the same people and the same luck."
    )
    _choose(visit)
    described = comparison.described()
    st.header("2. Change its numbers", anchor=False)
    with guarded("These numbers"):
        editor(comparison, described[0])
    with guarded("What is to be said of them"):
        _complaints(described[0])
    _alternatives(comparison, described)
    with guarded("The run"):
        _run(visit, described)
    with guarded("What came out"):
        _results(visit, described)


def _choose(visit: Visit) -> None:
    comparison = visit.comparison
    st.header("1. Choose a scenario", anchor=False)
    options = [*shipped_names(), UPLOAD]

    def take() -> None:
        name = st.session_state["choice"]
        visit.sent = replace(visit.sent, problems=(), unused=())
        if name != UPLOAD:
            comparison.choose(shipped(name))

    chosen = st.selectbox(
        "Scenario",
        options,
        options.index(comparison.source.shipped) if comparison.source.shipped else len(options) - 1,
        format_func=lambda name: name if name == UPLOAD else shipped(name).scenario.name,
        key="choice",
        on_change=take,
    )
    if chosen == UPLOAD:
        _upload(visit)
    scenario = comparison.source.scenario
    if scenario.question:
        st.markdown(f"**Question:** {markdown_line(scenario.question)}")
    if scenario.hypothesis:
        st.markdown(f"**What we expect:** {markdown_line(scenario.hypothesis)}")


def _upload(visit: Visit) -> None:
    sent_before = st.session_state.get("sent", 0)
    key = f"upload/{sent_before}"

    def take() -> None:
        sent = st.session_state.get(key)
        if not sent:
            return
        visit.sent = read({file.name: file.getvalue() for file in sent}, visit.sent)
        if visit.sent.source is not None:
            visit.comparison.choose(visit.sent.source)
        # A field of its own for the next file: this one would stay there as if it were in use.
        st.session_state["sent"] = sent_before + 1

    st.file_uploader(
        "Scenario file (TOML, at most 1 MB). It may extend a shipped scenario by its name, and other files of yours: "
        "send them together",
        type="toml",
        accept_multiple_files=True,
        key=key,
        on_change=take,
        max_upload_size=1,
    )
    upload = visit.sent
    if upload.problems:
        _listed(list(upload.problems), f"{markdown_line(upload.name, 100)} cannot be used")
    if upload.unused:
        st.info(f"Not in use: {markdown_line(', '.join(upload.unused), 300)}. Send a file by itself to use it.")
    st.caption(f"In use: {markdown_line(visit.comparison.source.scenario.name, 100)}")


def _alternatives(comparison: Comparison, described: list[Described]) -> None:
    st.header("3. Set alternatives beside it", anchor=False)
    for alternative in described[1:]:
        with st.container(border=True):
            with guarded("This alternative"):
                _alternative(comparison, described, alternative)
            # Whatever is wrong with it, it can be taken away.
            number = alternative.system.number
            key = f"remove/{comparison.version}/{number}"
            st.button("Remove this alternative", key=key, on_click=comparison.remove, args=(number,))
    if len(comparison.systems) <= MOST_ALTERNATIVES:
        st.button("Add an alternative", key="add", on_click=comparison.add)
    else:
        st.caption(f"{MOST_ALTERNATIVES} alternatives are as many as the page compares at once.")
    if len(comparison.systems) > 1:
        _baseline(comparison)


def _baseline(comparison: Comparison) -> None:
    names = {system.number: system.name for system in comparison.systems}
    key = f"baseline/{comparison.version}/{comparison.baseline}"

    def take() -> None:
        comparison.baseline = st.session_state[key]

    st.selectbox(
        "Baseline: the others are compared with it",
        list(names),
        list(names).index(comparison.baseline),
        format_func=lambda number: names[number],
        key=key,
        on_change=take,
    )


def _alternative(comparison: Comparison, described: list[Described], alternative: Described) -> None:
    system = alternative.system
    key = f"{comparison.version}/{system.number}"
    st.subheader(markdown_line(system.name), anchor=False)
    if system.automatic and system.number == comparison.baseline:
        st.caption("The question of step 1 is asked against this one.")

    def taken(field: str, widget: str, **besides: Any) -> dict[str, Any]:
        """How a field of a system is called, and what becomes of what is chosen there."""
        return {
            "key": widget,
            "on_change": lambda: comparison.change(system.number, **{field: st.session_state[widget]}, **besides),
        }

    left, right = st.columns(2)
    left.text_input("Name", system.name, 60, **taken("name", f"name/{key}/{system.name}"))
    starts = ["", *shipped_names()]
    right.selectbox(
        "Starts from",
        starts,
        starts.index(system.start),
        format_func=lambda name: shipped(name).scenario.name if name else "the scenario above, as changed",
        **taken("start", f"start/{key}", changes={}),
    )
    if system.start and comparison.systems[0].changes:
        label = "With the changes of step 2, as far as they fit"
        st.checkbox(label, system.alike, **taken("alike", f"alike/{key}"))
        if alternative.inherited:
            numbers = alternative.numbers
            shown = [f"{numbers[path].label}: {value_text(value)}" for path, value in alternative.inherited.items()]
            st.caption(f"As in step 2: {markdown_line('; '.join(shown))}")
        if alternative.left_out:
            st.caption(f"Without a place here, and left out: {markdown_line(', '.join(alternative.left_out))}")
    if st.toggle("Change its numbers", bool(system.changes), key=f"open/{key}"):
        editor(comparison, alternative)
    elif not system.start and not system.changes:
        st.caption("As yet the same as the scenario above.")
    if alternative.problems and alternative.problems == described[0].problems:
        st.caption("Waits for step 2 to be mended.")
    else:
        _complaints(alternative, {str(warning) for warning in described[0].warnings})


def _complaints(system: Described, known: Collection[str] = ()) -> None:
    """What is wrong with a system, and what is worth a look unless it was said before."""
    if system.problems:
        _listed([system.in_words(problem) for problem in system.problems], "This cannot be simulated")
    warnings = [system.in_words(warning) for warning in system.warnings if str(warning) not in known]
    for warning in warnings[:MOST_PROBLEMS]:
        st.warning(markdown_line(warning, 1_000))
    if len(warnings) > MOST_PROBLEMS:
        st.warning(f"... and {len(warnings) - MOST_PROBLEMS:,} more")


def _listed(problems: list[str], heading: str) -> None:
    shown = [f"- {markdown_line(problem, 1_000)}" for problem in problems[:MOST_PROBLEMS]]
    more = len(problems) - len(shown)
    st.error("\n".join([f"**{heading}:**", "", *shown, *([f"- ... and {more} more"] if more else [])]))


def _run(visit: Visit, described: list[Described]) -> None:
    st.header("4. Simulate", anchor=False)
    left, right = st.columns(2)
    st.session_state.setdefault("replications", visit.replications)
    st.session_state.setdefault("seed", visit.seed)
    futures = f"Simulated futures of each system ({FEWEST} to {MOST}; more make intervals narrower)"
    visit.replications = left.number_input(futures, FEWEST, MOST, step=1, key="replications")
    visit.seed = right.number_input("Seed (the same seed gives the same result)", 0, 1_000_000_000, step=1, key="seed")
    arms = visit.comparison.arms()
    if len(arms) > 1:
        st.session_state.setdefault("draws", visit.draws)
        uncertain = "Draws of the inputs from their ranges (two futures of each; then all says how sure it is)"
        visit.draws = st.selectbox(
            uncertain, DRAWS, format_func=lambda draws: f"{draws} draws" if draws else NO_DRAWS, key="draws"
        )
    job = visit.job
    sound = len(arms) == len(described)

    def start() -> None:
        # Not the job that was there when this page was built: another tab of the same visit may have begun one since.
        with visit.lock:
            if visit.job is not None and not visit.job.ended:
                return
            if visit.job is not None:
                visit.job.close()
            visit.job = Job(Order(arms, visit.replications, visit.seed, visit.draws if len(arms) > 1 else 0))

    running = job is not None and job.state in ("waiting", "running")
    st.button("Run", key="run", type="primary", on_click=start, disabled=running or not sound)
    if not sound:
        st.caption("Mend what is marked in red above, then run.")
    if job is not None and running:
        _progress(visit, job)
    elif job is not None:
        _ended(visit, job)


@st.fragment(run_every=1.0)
def _progress(visit: Visit, job: Job) -> None:
    """How far it is, once a second, without the rest of the page."""
    keep(visit)
    context = get_script_run_ctx()
    job.sessions.update([context.session_id] if context is not None else [])
    if job.state == "waiting":
        st.info(
            f"This machine is busy with the runs of others. Yours is number {job.place} in line, and begins by itself."
        )
    elif job.state == "running":
        done, total = job.progress
        st.progress(done / total, text=f"{done} of {total} simulations done" if done else "Starting ...")
    else:
        st.rerun()
    if st.button("Stop", key="stop", on_click=job.stop):
        st.rerun()


def _ended(visit: Visit, job: Job) -> None:
    """What became of a run; its result takes the place of the one before."""
    if job.state == "stopped":
        st.info("Stopped. Nothing of this run is kept.")
    elif job.state == "failed":
        st.error(f"The run failed: {markdown_line(job.error, 500)}")
    else:
        with visit.lock:
            if visit.job is not job:
                return  # Another tab of the same visit was first.
            if visit.done is not None:
                visit.done.close()
            visit.done, visit.job = job, None


def _results(visit: Visit, described: list[Described]) -> None:
    comparison, done = visit.comparison, visit.done
    if done is not None:
        st.header("5. What comes out", anchor=False)
        now = replace(done.order, arms=comparison.arms())
        if now.key() != done.key:
            st.warning(
                "Something above was changed since. These findings are of the run before: run again to renew them."
            )
        drawn = f", {done.order.draws} draws of the inputs" if done.order.draws else ""
        st.caption(f"{done.order.replications} simulated futures of each system{drawn}, seed {done.order.seed}.")
        with guarded("What was found"):
            findings(done)
        if len(done.order.arms) > 1:
            st.header("6. One patient's two journeys", anchor=False)
            with guarded("The journeys"):
                journeys(done)
    st.header("Take it along", anchor=False)
    if done is not None:
        with guarded("The tables"):
            study_downloads(done)
    with guarded("The scenario files"):
        scenario_downloads(comparison, described)
    st.caption(
        "What you have laid out and run is kept for an hour after you leave, under the address of this page: whoever "
        "has that address sees it."
    )


if __name__ == "__main__":
    main()
