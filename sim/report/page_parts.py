"""What a report is made of, as data: sections of sentences, tables, pictures. Templates turn it into a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from sim.experiment.psa import PsaResult
from sim.experiment.result import Result, Study
from sim.files.provenance import Provenance
from sim.outcomes import Perspective, why_not_told
from sim.report.answers import rows_about
from sim.report.sheets.outcomes import measured
from sim.report.sheets.sheet import Sheet
from sim.report.wording import Measure
from sim.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.report.brief.facts import Brief


@dataclass(frozen=True)
class Picture:
    """A figure with its heading, and in `says`, what can be seen on it, for those who do not see it."""

    heading: str
    says: str
    figure: "Figure"


@dataclass(frozen=True)
class Part:
    """A part of a section, in this order. heading: empty for what needs none. lines: paragraphs. note: in small print.

    facts: a term and what it is. bullets: of a list.
    """

    heading: str = ""
    lines: Sequence[str] = ()
    note: str = ""
    facts: Sequence[tuple[str, str]] = ()
    bullets: Sequence[str] = ()
    sheets: Sequence[Sheet] = ()
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Section:
    """A section of a report. key: its anchor. opened: it stands open; others open at a click, and are printed then."""

    key: str
    heading: str
    parts: Sequence[Part]
    opened: bool = False


@dataclass(frozen=True)
class Page:
    """A report. title: of the page. subtitle: what was simulated, in a line. brief: the two pages that come first."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    brief: "Brief | None" = None


@dataclass(frozen=True)
class Account:
    """What a report is about: a study under the names of its scenarios, and what was asked of it.

    labels: of the scenarios, as they were called before. every_panel: pictures have panels without a difference too.
    psa: of these scenarios, under these names.
    """

    study: Study
    provenance: Provenance
    effect: str
    perspective: Perspective
    labels: Sequence[str] = ()
    every_panel: bool = field(default=False)
    psa: PsaResult | None = None

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios by name."""
        return self.study.scenarios

    @property
    def single(self) -> bool:
        """Whether nothing is compared."""
        return len(self.study.results) == 1

    @property
    def first(self) -> Result:
        """The result of the baseline, or of the only scenario."""
        return self.study.results[self.study.baseline]

    @cached_property
    def measured(self) -> dict[str, Measure]:
        """How the main outcomes are spoken of."""
        return measured(self.study)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """What differs from the baseline, with verdicts; empty in a single run."""
        return pd.DataFrame() if self.single else rows_about(self.study.differences(), self.measured)

    @cached_property
    def not_told(self) -> str:
        """Why cost and effect cannot be told; "" where they can. Raises ValueError for what is no effect."""
        return why_not_told(self.effect, self.scenarios.values())
