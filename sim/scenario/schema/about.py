"""What is said of a scenario instead of simulated."""

from typing import Literal

from pydantic import Field

from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.units import Name, Text


class EvidenceCard(Frozen):
    """Where a number comes from, how sure it is, and how it may vary."""

    inherited_from: Text = Field("", description="the scenario that states it; filled in where a file extends another")
    low: float | None = Field(None, strict=True)
    high: float | None = Field(None, strict=True)
    distribution: Literal["normal", "lognormal", "beta", "gamma", "uniform", "triangular"] | None = None
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
