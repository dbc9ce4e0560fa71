"""A guard around a part of the page: what goes wrong there is said in its place, and the rest stays as it is."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from sim.app.wording import beyond, markdown_line
from sim.report.words import visible


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Say that `what` cannot be shown, if so it is, instead of leaving the visit unusable, after a reload too."""
    try:
        yield
    except Exception as problem:
        logging.getLogger(__name__).error(visible(traceback.format_exc()))
        st.error(f"{what} cannot be shown: {markdown_line(beyond(problem), 500)}")
