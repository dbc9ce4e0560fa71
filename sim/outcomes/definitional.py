"""What a changed input says of a metric by its own definition, so that no change of it is better or worse."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from sim.scenario.differences import differences
from sim.scenario.schema import Scenario

IN_CARE = ("days_in_care", "days_in_care.*", "retention.*", "continuity.*", "time_in_system.*")

OF_LEVELS = {
    "length_of_stay": ("length_of_stay.{level}.*", *IN_CARE),
    "review_every_days": ("length_of_stay.{level}.*", "blocked_days.{level}", *IN_CARE),
    "early_step_down": (
        *("discharges.{level}.completed", "discharges.{level}.transferred", "length_of_stay.{level}.*"),
    ),
    **dict.fromkeys(
        ("authorised_days", "extension", "rates.*.authorised_days", "rates.*.extension"),
        ("discharges.{level}.completed", "discharges.{level}.terminated", "length_of_stay.{level}.*", *IN_CARE),
    ),
    "on_relapse": ("discharges.{level}.relapsed", "discharges.{level}.transferred"),
    "hand_over": ("blocked_days.{level}", "length_of_stay.{level}.*"),
}
"""By an input of a level (`*`: of any payer): the metrics of which it decides what they count. Planned days are days in
care; a finished plan is seen at the review; who steps down early has not completed; who runs out of authorised days is
terminated; who stays after a relapse is not discharged for it; only who is held is blocked."""

OF_ALL = {
    "effects.*.length_of_stay": ("length_of_stay.*", *IN_CARE),
    "utilities.*": ("qalys.*",),
    "emergencies.*.qaly_loss": ("qalys.*",),
}
"""By an input of no single level, likewise. A price is no definition: what is paid for a thing is what it costs."""


def defined_by(metrics: Iterable[str], first: Scenario, second: Scenario) -> dict[str, str]:
    """Metric -> the inputs, in words, that differ between two scenarios and define it; without those of no such input.

    Inputs of levels that only one of the two has do not count: its metrics are not compared.
    """
    changed = [path for path, _, _ in differences(first, second)]
    patterns: dict[str, list[str]] = {}
    for level in (level for level in first.levels if level in second.levels):
        for key, defined in OF_LEVELS.items():
            path = f"levels.{level}.{key}"
            if any(fnmatchcase(each, path) or fnmatchcase(each, f"{path}.*") for each in changed):
                word = key.rpartition(".")[2]
                patterns.setdefault(word, []).extend(pattern.format(level=level) for pattern in defined)
    for path, defined in OF_ALL.items():
        if any(fnmatchcase(each, path) for each in changed):
            patterns.setdefault(path.removesuffix(".*").rpartition(".")[2], []).extend(defined)
    keys_of = {
        metric: [key for key, defined in patterns.items() if any(fnmatchcase(metric, each) for each in defined)]
        for metric in metrics
    }
    return {metric: " and ".join(keys) for metric, keys in keys_of.items() if keys}
