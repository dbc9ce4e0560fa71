"""The page on validation: published results beside what the shipped parameters predict.

Only the part between two comments is written by the command; the discussion around it is written by hand and stays.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from sim.experiment.replications import Progress
from sim.report.sheets.numbers import number
from sim.report.sheets.sheet import Sheet, words
from sim.scenario import load_scenario
from sim.validation.arms import ARMS
from sim.validation.predictions import SEED, Prediction, Verdict, predictions
from sim.validation.targets import Target, Unit

ROLES = {
    "validation": "published results of studies that set no parameter",
    "same study": "results that set no parameter, of studies that set one by another of their numbers",
    "verification": "results that helped to set a parameter",
    "comparison": "results whose definition differs from the model's, so that a verdict says little",
}
VERDICTS: tuple[Verdict, ...] = ("agrees", "near", "misses")

TALLY = {
    "validation": (3, 0, 0),
    "same study": (9, 9, 6),
    "verification": (59, 28, 11),
    "comparison": (0, 1, 7),
}
"""How many targets of each role agree, are near and are missed: the first table of docs/validation.md, for texts."""

HEADS = ("target", "published", "predicted", "difference", "verdict", "role", "source")


def shipped_predictions(workers: int = 1, progress: Progress | None = None) -> tuple[Prediction, ...]:
    """Every target with its prediction by the shipped base scenario; the same for one version, to rounding."""
    return predictions(load_scenario("base"), SEED, workers, progress)


def validation_blocks(predictions: Sequence[Prediction]) -> Iterator[str | Sheet]:
    """What the command writes and shows: the tally, and for each arm what was put in, what was read, and a table."""
    yield _tally(predictions)
    for title, group in groupby(predictions, key=lambda prediction: ARMS[prediction.target.arm].title):
        of_arm = list(group)
        arms = {ARMS[prediction.target.arm].inputs: ARMS[prediction.target.arm] for prediction in of_arm}
        yield f"### {title}"
        for arm in arms.values():
            yield f"*Put in*: {arm.inputs}."
            yield f"*Read*: {arm.read_as}."
        yield Sheet("", words(*HEADS), [_cells(prediction) for prediction in of_arm])


def verdict(prediction: Prediction) -> str:
    """The verdict in words, with the direction of what does not agree."""
    if prediction.verdict == "agrees":
        return "agrees"
    return f"{prediction.verdict}, too {'high' if prediction.difference > 0 else 'low'}"


def published(target: Target) -> str:
    """A published value with its standard error, or its range."""
    if target.upto is not None:
        return f"{bare(target.value, target.unit)} to {value(target.upto, target.unit)}"
    if target.error is None:
        return value(target.value, target.unit)
    if target.unit == "ratio":
        return f"{value(target.value, target.unit)} (log ± {target.error:.2f})"
    return f"{bare(target.value, target.unit)} ± {value(target.error, target.unit)}"


def value(quantity: float, unit: Unit) -> str:
    """A number in the unit that people read."""
    suffix = {"share": " %", "months": " months", "USD": " USD"}.get(unit, "")
    return bare(quantity, unit) + suffix


def bare(quantity: float, unit: Unit, sign: bool = False) -> str:
    """The number alone."""
    if unit == "share":
        return f"{100 * quantity:{'+' if sign else ''}.1f}"
    return number(quantity, sign=sign, figures=3)


def _tally(predictions: Sequence[Prediction]) -> Sheet:
    rows = []
    for role, meaning in ROLES.items():
        verdicts = [prediction.verdict for prediction in predictions if prediction.target.role == role]
        counts = (str(verdicts.count(verdict)) for verdict in VERDICTS)
        rows.append((f"{role}: {meaning}", str(len(verdicts)), *counts))
    return Sheet("", words("role", "targets", *VERDICTS), rows)


def _cells(prediction: Prediction) -> tuple[str, ...]:
    target, unit = prediction.target, prediction.target.unit
    return (
        target.name,
        published(target),
        f"{value(prediction.mean, unit)} ({bare(prediction.low, unit)} to {bare(prediction.high, unit)})",
        _difference(prediction),
        f"**{verdict(prediction)}**" if prediction.verdict == "misses" else verdict(prediction),
        ": ".join(filter(None, (target.role, target.unlike or target.used or target.related))),
        target.source,
    )


def _difference(prediction: Prediction) -> str:
    """Predicted minus published, and in a share of the published value where that is not a share itself."""
    unit, difference = prediction.target.unit, prediction.difference
    if prediction.target.upto is not None and difference == 0:
        return "within"
    if unit == "share":
        return f"{bare(difference, unit, sign=True)} points"
    return f"{100 * difference / (prediction.mean - difference):+.0f} %"
