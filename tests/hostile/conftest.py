"""Every test of hostile input keeps to little memory."""

from collections.abc import Iterator

import pytest
from hostile.limits import assert_little_memory, forget_the_peak


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    before = forget_the_peak()
    yield
    assert_little_memory(before)
