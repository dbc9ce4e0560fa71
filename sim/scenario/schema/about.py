"""What is said of a scenario instead of simulated."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.files.problems import Problem, error
from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.units import Name, PeriodDays, Text


class EvidenceCard(Frozen):
    """Where a number comes from, how sure it is, and how it may vary.

    How it may vary is an interval, low to high, that holds `level` of the distribution, or else mean and
    standard_error. A uniform, a triangular and a PERT distribution end at low and high. sample_size: of a Dirichlet
    distribution, on a table of shares that sum to one: the people whom they were counted in.
    """

    inherited_from: Text = Field("", description="the scenario that states it; filled in where a file extends another")
    low: float | None = Field(None, strict=True)
    high: float | None = Field(None, strict=True)
    level: float | None = Field(
        None, strict=True, ge=0.5, lt=1, description="share of the distribution between low and high; 0.95 if absent"
    )
    mean: float | None = Field(None, strict=True)
    standard_error: float | None = Field(None, strict=True, gt=0)
    sample_size: float | None = Field(None, strict=True, gt=0, description="people behind shares that sum to one")
    distribution: (
        Literal["normal", "lognormal", "beta", "gamma", "uniform", "triangular", "pert", "dirichlet"] | None
    ) = None
    unit: Text | None = None
    source: Text = Field(min_length=3)
    grade: Literal["published", "estimated", "assumption", "choice"]
    note: Text = ""

    def _content(self) -> dict[str, object]:
        """Whose it is, is nothing of what it says: written anew, word for word, it is the same."""
        return {key: value for key, value in self if key != "inherited_from"}

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if isinstance(other, EvidenceCard) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._content().values()))


class StructuralAlternative(Frozen):
    """One of several structures of the model that may be the true one: what it sets, and how probable it is held.

    set: values by dotted path, in place of what the scenario states; nothing: the scenario as it stands.
    """

    weight: float = Field(strict=True, gt=0, allow_inf_nan=False)
    set: FrozenTable[Text, Annotated[float, Field(strict=True)]] = Field({})
    source: Text = Field(min_length=3)


class Read(Frozen):
    """An outcome that the hypothesis is about, and where it expects it: between low and high, as far as they are given.

    of: "change" from `compared_with` in the metric's unit (0.03: 3 points of a share), "relative" change (0.1: a tenth
    more), or "level" of the metric here. group: an attribute and its value, of whose patients it is.
    """

    metric: Text
    of: Literal["change", "relative", "level"] = "change"
    low: float | None = Field(None, strict=True)
    high: float | None = Field(None, strict=True)
    group: FrozenTable[Name, Name] = Field({})


class StatedTarget(Frozen):
    """What the real system is known to show: no input, but what the model is held against.

    metric: a metric of the scenario; or with `day`, "retention", "relapse" or where people are ("iop", "waiting"), as a
    share of the cohort on that day since asking; or with `month`, a series of the programme ("asks.all", "census.iop",
    "queue.iop", "wait.iop", "budget") in that month of the calendar. group: an attribute and its value, of whose
    patients it is. Either `value`, or a range from low to high; tolerance: how far from it is near enough.
    """

    metric: Text
    day: PeriodDays | None = None
    month: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")] | None = None
    group: FrozenTable[Name, Name] = Field({})
    value: float | None = Field(None, strict=True)
    low: float | None = Field(None, strict=True)
    high: float | None = Field(None, strict=True)
    tolerance: float = Field(0.0, strict=True, ge=0)
    source: Text = Field(min_length=3)
    note: Text = ""

    @property
    def ends(self) -> tuple[float, float]:
        """The range, tolerance aside: a value is one of no width, and an end that is not stated infinite."""
        if self.value is not None:
            return self.value, self.value
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    def own_problems(self) -> Iterator[Problem]:
        """Neither a value nor a range, or both; and what no simulation could be told to meet."""
        low, high = self.low, self.high
        if (self.value is None) == (low is None and high is None):
            yield error("value", "a target states a value, or else low or high or both", self.value)
        elif self.value is not None and not self.tolerance:
            yield error("tolerance", "must be above 0: no simulation meets a number to the last digit", self.tolerance)
        if low is not None and high is not None and low > high:
            yield error("low", f"must not be above high, {high:g}", low)
        if self.day is not None and self.month is not None:
            yield error(
                "month", "a target is of a day since asking or of a month of the calendar, not both", self.month
            )
        if len(self.group) > 1:
            yield error("group", "must be of one attribute")
