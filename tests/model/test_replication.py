"""What a replication leaves in memory."""

import gc
import weakref

from support import fixed, scenario

from sim.model.engine import Replication, plan_of


def test_a_system_is_freed_without_a_search_for_circles() -> None:
    """Patients at home for good, in care, waiting for ever, and waiting as long as their patience lasts."""
    system = scenario(
        {
            "ward": {"length_of_stay": fixed(9), "places": ["beds"]},
            "clinic": {"length_of_stay": fixed(9), "places": ["seats"], "patience": fixed(30)},
        },
        {"beds": 2, "seats": 2},
        entry=[{"to": {"ward": 0.5, "clinic": 0.5}}],
    )
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        replication = Replication(plan_of(system), 1, 0)
        records = replication.run()
        left = weakref.ref(replication)
        del replication
        assert {"reneged", "end_of_follow_up"} <= set(records.waits.frame()["outcome"])
        assert left() is None
    finally:
        if was_enabled:
            gc.enable()
