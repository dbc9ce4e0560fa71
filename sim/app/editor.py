"""Fields for the numbers of a system: the important ones in groups, all the others behind a search."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from sim.app.catalogue import GROUPS, Number, matching
from sim.app.guard import guarded
from sim.app.systems import Comparison, Described
from sim.app.wording import labelled, markdown_line
from sim.report.wording import value_text

MOST_IN_A_GROUP = 60
MOST_FOUND = 12
LONGEST_SOURCE = 170


def editor(comparison: Comparison, described: Described) -> None:
    """Fields for one system; what is typed becomes its change, and is checked when the page is built again."""
    known, changes = described.numbers, described.system.changes
    groups = {group: [number for number in known.values() if number.group == group] for group in GROUPS}
    filled = {group: numbers for group, numbers in groups.items() if numbers}
    shown = {number.path for numbers in filled.values() for number in numbers[:MOST_IN_A_GROUP]}
    tabs = st.tabs([_counted(group, numbers, changes) for group, numbers in filled.items()] + ["All others"])
    for tab, numbers in zip(tabs, filled.values(), strict=False):
        with tab:
            _fields(comparison, described, numbers[:MOST_IN_A_GROUP])
            if len(numbers) > MOST_IN_A_GROUP:
                st.caption(f"The first {MOST_IN_A_GROUP} of {len(numbers):,}; search for the rest under All others.")
    with tabs[-1]:
        _search(comparison, described, [number for number in known.values() if number.path not in shown])
    if changes:
        _changes(comparison, described)


def _counted(group: str, numbers: Sequence[Number], changes: Mapping[str, float]) -> str:
    changed = sum(number.path in changes for number in numbers)
    return f"{group} ({changed} changed)" if changed else group


def _search(comparison: Comparison, described: Described, others: Sequence[Number]) -> None:
    words = st.text_input(
        f"Search the other {len(others):,} numbers",
        key=f"search/{comparison.version}/{described.system.number}",
        placeholder="for example: no show, dropout, death",
        max_chars=100,
    )
    matches = list(matching(others, words))
    if not words.strip():
        st.caption("Type a word or two: every number of the scenario can be changed.")
    elif not matches:
        st.info("No other number has these words. Try fewer, or part of a word.")
    elif len(matches) > MOST_FOUND:
        st.info(f"{len(matches)} numbers have these words; the first {MOST_FOUND} are shown.")
    _fields(comparison, described, matches[:MOST_FOUND])


def _fields(comparison: Comparison, described: Described, numbers: Sequence[Number]) -> None:
    for first in range(0, len(numbers), 2):
        for column, number in zip(st.columns(2), numbers[first : first + 2], strict=False):
            with column, guarded(labelled(number.label)):
                _field(comparison, described, number)


def _field(comparison: Comparison, described: Described, number: Number) -> None:
    system = described.system
    # The start is part of the key: when it changes below an alternative, the field must follow.
    key = f"number/{comparison.version}/{system.number}/{system.start}/{number.path}/{number.value!r}"
    value = system.changes.get(number.path, number.value)
    evidence = number.evidence()
    label, help_text = labelled(number.label), markdown_line(evidence) if len(evidence) > LONGEST_SOURCE else None

    def take() -> None:
        typed = st.session_state.get(key)
        comparison.set(system.number, number.path, None if typed is None or typed == number.value else typed)

    common: dict[str, Any] = {"key": key, "help": help_text, "on_change": take}
    slides = number.is_share and round(value, 2) == value
    if slides:
        st.slider(label, 0.0, 1.0, float(value), 0.01, **common)
    else:
        kind: Any = int if number.whole else float
        low, high = (None if end is None else kind(end) for end in (number.least, number.most))
        decimals = _decimals(max(number.value, value, key=_decimals))
        step, shown = (1, "%d") if number.whole else (_step(number.value), f"%.{decimals}f")
        st.number_input(label, low, high, kind(value), step, shown, **common)
    if number.outside(value):
        st.warning(
            f"{value_text(value)} lies outside the range of the evidence. {markdown_line(evidence, LONGEST_SOURCE)}"
        )
    else:
        bounds = "" if slides else number.bounds()
        st.caption(markdown_line(number.note + bounds, 500) + " " + markdown_line(evidence, LONGEST_SOURCE))


def _decimals(value: float) -> int:
    """So many decimals show the number as it is, two at least and six at the most."""
    return min(6, max(2, len(f"{value:.6f}".rstrip("0").partition(".")[2])))


def _step(value: float) -> float:
    """About a tenth of the number, as a power of ten that its decimals can show."""
    return float(next((step for step in (100.0, 10.0, 1.0, 0.1) if abs(value) >= 10 * step), 0.01))


def _changes(comparison: Comparison, described: Described) -> None:
    """What differs from the start, in words, and a way back."""
    known, system = described.numbers, described.system
    st.markdown("**Changed here**")
    lines = [
        f"- {markdown_line(known[path].label)}: {value_text(known[path].value)} → **{value_text(value)}**"
        for path, value in system.changes.items()
        if path in known
    ]
    st.markdown("\n".join(lines))

    def undo() -> None:
        comparison.change(system.number, changes={})
        comparison.version += 1

    st.button("Take these changes back", key=f"undo/{system.number}", on_click=undo)
