"""Workers that one test starts serve the next ones of its process: to start two takes more than a second of CPU.

Those that a run leaves in an error, or in the middle, end as they do in use. Where the subject is how workers begin and
end, all of them do.
"""

import sys
from typing import TYPE_CHECKING

from sim.experiment import replications

if TYPE_CHECKING:
    import pytest

THEIR_OWN = {"test_replications.py", "test_faults.py"}
"""Tests of how workers begin and end."""

end = replications._end_workers


def choose(item: "pytest.Item") -> None:
    """From now on, in this process."""
    if item.path.name in THEIR_OWN:
        end()
        replications._end_workers = end
    else:
        replications._end_workers = _end_unless_done


def _end_unless_done() -> None:
    """Who is done with them calls this outside of any error."""
    if sys.exc_info()[0] is not None:
        end()
