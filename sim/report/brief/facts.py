"""What a brief says, as data: every number of the two pages with its unit and interval. Templates add fixed words."""

import math
from dataclasses import dataclass

from sim.report.sheets.numbers import with_limits

BETTER, WORSE, TRADE, UNTOLD = "Better", "Worse", "A trade-off", "Cannot be told"
"""Verdicts on an option."""


@dataclass(frozen=True)
class Quantity:
    """A number with its 95 % interval (NaN where there is none) and unit. sign: it is a difference."""

    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    sign: bool = False

    @property
    def number(self) -> str:
        """The number, to as many decimals as its interval bears; "" where there is none."""
        return with_limits(self.value, self.low, self.high, self.sign, figures=3)[0]

    @property
    def limits(self) -> str:
        """The interval, to the same decimals; "" where there is none."""
        return with_limits(self.value, self.low, self.high, self.sign, figures=3)[1]

    @property
    def coarse(self) -> str:
        """The number as it is said in passing: whole, below 10 to a decimal; "" where there is none."""
        if math.isnan(self.value):
            return ""
        text = f"{self.value:,.{0 if abs(self.value) >= 9.95 else 1}f}"
        return text.removesuffix(".0").replace("-0", "0") if abs(self.value) < 0.05 else text

    @property
    def short(self) -> str:
        """The number, or 0 where it is next to nothing."""
        return "0" if abs(self.value) < 0.05 else self.number

    @property
    def text(self) -> str:
        """The number with its unit."""
        return f"{self.number} {self.unit}".strip() if self.number else ""

    @property
    def whole(self) -> str:
        """The number with its unit and, in brackets, its interval."""
        return f"{self.text} ({self.limits})" if self.limits and self.number else self.text


@dataclass(frozen=True)
class NamedProgramme:
    """A programme that is compared. name: as its file gives it. column: the same where there is little room.

    row: the same where there is less: "today", "option 2". what: the question that it asks.
    """

    name: str
    column: str
    row: str
    what: str


@dataclass(frozen=True)
class Claim:
    """An outcome of which a difference was found. words: what it is."""

    words: str
    change: Quantity
    by_definition: str = ""


@dataclass(frozen=True)
class Option:
    """What one option decides, and what comes of it against today.

    decision: in the imperative. besides: what is changed with it. verdict: one of BETTER, WORSE, TRADE, UNTOLD.
    condition: on what it hangs. better, worse: outcomes with a found difference. unfound: outcomes of which none was
    found. bearers: who pays more or less. gains: who gains and who loses. explained: the largest part of a difference.
    """

    programme: NamedProgramme
    decision: str
    besides: str
    verdict: str
    because: str
    condition: str
    better: tuple[Claim, ...]
    worse: tuple[Claim, ...]
    unfound: tuple[str, ...]
    bearers: tuple[Claim, ...]
    gains: str
    explained: str


@dataclass(frozen=True)
class MarksOfRow:
    """The places and people of one row of the picture, each as a mark: SVG paths, and how wide they are together."""

    free: str
    used: str
    waiting: str
    width: float


@dataclass(frozen=True)
class PlaceRow:
    """A kind of place in one programme, on average over the window. Quantities of which there is none have no number.

    changes: of wait and lost, from today. words: verdicts on these and on the share in use.
    """

    programme: str
    places: Quantity
    used: Quantity
    share: Quantity
    waiting: Quantity
    wait: Quantity
    lost: Quantity
    wait_change: Quantity
    lost_change: Quantity
    wait_word: str
    lost_word: str
    share_word: str
    marks: MarksOfRow


@dataclass(frozen=True)
class KindOfPlace:
    """A panel of the picture. finding: what is seen on it."""

    title: str
    finding: str
    rows: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class PlacesPicture:
    """For each kind of place, today beside the options. folded: kinds that are not drawn, each with why.

    each: of how many places or people a mark stands for one. period: over which people who are lost are counted.
    """

    title: str
    kinds: tuple[KindOfPlace, ...]
    folded: tuple[str, ...]
    each: str
    period: str
    note: str
    width: float


@dataclass(frozen=True)
class MoneyRow:
    """What each programme spends, or what is left of what it is paid, over the time that is measured."""

    words: str
    cells: tuple["Cell", ...]


@dataclass(frozen=True)
class Cell:
    """A number of a programme. mark: "best", "among the best", or ""."""

    level: Quantity
    change: Quantity
    word: str
    mark: str


@dataclass(frozen=True)
class NumberRow:
    """One of the five numbers. head: what it is and its unit. better: which direction is better, in words."""

    head: str
    better: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class TargetLine:
    """What somebody knows of a programme beside what the model shows. missed: it is not within."""

    programme: str
    target: str
    stated: str
    shown: Quantity
    verdict: str
    missed: bool


@dataclass(frozen=True)
class Brief:
    """The two pages. title: the programmes by name. only_chance: what intervals are of, the first sentence.

    weighed: in whose eyes and of whom gains are held against losses. unsplit: why no difference is split into parts.
    inputs_interval, share_of_draws: of what is unknown about the inputs; None while nobody has computed it.
    """

    title: str
    subtitle: str
    only_chance: str
    change: str
    weighed: str
    today: NamedProgramme
    today_places: str
    options: tuple[Option, ...]
    more_options: str
    untold: tuple[str, ...]
    picture: PlacesPicture
    money: tuple[MoneyRow, ...]
    currency: str
    money_columns: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: tuple[NumberRow, ...]
    numbers_title: str
    targets: tuple[TargetLine, ...]
    turning: tuple[str, ...]
    unsplit: str
    inputs_interval: str | None = None
    share_of_draws: str | None = None
