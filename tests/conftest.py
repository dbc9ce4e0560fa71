"""Settings of all tests."""

import gc
import os
from typing import Any

import pytest
from hypothesis import settings

# A busy machine must not fail a test: speed is measured in benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A command in a process of its own, and every worker, would compile the package anew: a sixth of what its start takes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """What is imported stays: it need not be searched for garbage again and again, a tenth of all the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Neighbours stay in one process, so that what they share is made once; who is done early takes over some."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None
