"""The window of measurement."""

from sim.scenario.schema import Time


def test_recruitment_and_the_run_end_after_what_comes_before_them() -> None:
    time = Time(warm_up_days=100, recruitment_days=30, follow_up_days=365)
    assert (time.recruitment_end, time.horizon) == (130, 495)
