"""What a brief says, as data: every number of the two pages with its unit and interval. Templates add fixed words."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sim.report.sheets.numbers import both_intervals, last_place, rounded_by, with_limits

BETTER, WORSE, TRADE, UNTOLD = "Better", "Worse", "A trade-off", "Cannot be told"
"""Verdicts on an option."""


@dataclass(frozen=True)
class Quantity:
    """A number with its 95 % interval (NaN where there is none) and unit. sign: it is a difference.

    inputs_low, inputs_high: of what is uncertain of the inputs, where they were varied; low and high are of chance.
    finest: the power of ten to which the finest of those is rounded that stand beside it, as `alike` has it.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    sign: bool = False
    inputs_low: float = math.nan
    inputs_high: float = math.nan
    finest: int | None = None

    @property
    def number(self) -> str:
        """The number, to as many decimals as its widest interval bears, and so that it lies in both; "" where there is
        none."""
        return with_limits(self.value, *self._bearing, self.sign, figures=3, finest=self.finest)[0]

    @property
    def _bearing(self) -> tuple[float, float]:
        """The interval that the number is rounded by."""
        return rounded_by(self.value, (self.inputs_low, self.inputs_high), (self.low, self.high))

    @property
    def place(self) -> int | None:
        """The power of ten to which it is rounded by itself; None without an interval."""
        return last_place(*self._bearing)

    @property
    def limits(self) -> str:
        """The interval; of inputs first, where they were varied, and then of chance; "" where there is none."""
        return both_intervals((self.inputs_low, self.inputs_high), (self.low, self.high), self.sign)

    @property
    def coarse(self) -> str:
        """The number as it is said in passing: whole, below 10 to a decimal; "" where there is none."""
        if math.isnan(self.value):
            return ""
        text = f"{self.value:,.{0 if abs(self.value) >= 9.95 else 1}f}"
        return text.removesuffix(".0").replace("-0", "0") if abs(self.value) < 0.05 else text

    @property
    def size(self) -> "Quantity":
        """A difference without its direction."""
        if self.value >= 0:
            return replace(self, sign=False)
        turned = -self.value, -self.high, -self.low
        return Quantity(*turned, self.unit, False, -self.inputs_high, -self.inputs_low)

    @property
    def short(self) -> str:
        """The number, or 0 where it is next to nothing."""
        return "0" if abs(self.value) < 0.05 else self.number

    @property
    def text(self) -> str:
        """The number with its unit."""
        return f"{self.number} {self.unit}".strip() if self.number else ""

    def beside(self, words: str) -> str:
        """The number with its unit, unless these words beside it name that already: "QALYs +0.01"."""
        return self.number if self.unit and self.unit in words else self.text

    @property
    def whole(self) -> str:
        """The number with its unit and, in brackets, its interval."""
        return f"{self.text} ({self.limits})" if self.limits and self.number else self.text


def alike(quantities: Iterable[Quantity]) -> list[Quantity]:
    """Numbers that are read against each other, all rounded as finely as the finest of them."""
    beside = list(quantities)
    places = [each.place for each in beside if each.place is not None]
    return [replace(each, finest=min(places, default=None)) for each in beside]


@dataclass(frozen=True)
class NamedProgramme:
    """A programme that is compared. name: as its file gives it. column: the same where there is little room.

    row: the same where there is less: "today", "option 2". what: the question that it asks.
    """

    name: str
    column: str
    row: str
    what: str

    @property
    def within_sentence(self) -> str:
        """The same within a sentence: "the option"."""
        return "the option" if self.row == "option" else self.row


@dataclass(frozen=True)
class Claim:
    """An outcome of which a difference was found. words: what it is. share: of draws in which it is so, if varied."""

    words: str
    change: Quantity
    by_definition: str = ""
    share: str = ""


@dataclass(frozen=True)
class Option:
    """What one option decides, and what comes of it against today.

    decision: in the imperative. besides: what is changed with it. opening: what comes of it for people and money, and
    over which time. verdict: one of BETTER, WORSE, TRADE, UNTOLD, or in which share of draws it is better or worse.
    condition: on what it hangs. better, worse: outcomes with a found difference. maybe, undecided, unfound: outcomes of
    which it may be chance, of which draws leave the side open, and of which none was found. gains: who gains and who
    loses. explained: the largest part of a difference.
    """

    programme: NamedProgramme
    decision: str
    besides: str
    opening: str
    verdict: str
    because: str
    condition: str
    better: tuple[Claim, ...]
    worse: tuple[Claim, ...]
    maybe: tuple[str, ...]
    undecided: tuple[str, ...]
    unfound: tuple[str, ...]
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

    changes: of wait and lost, from today. words: verdicts on these and on the share in use. told: these with the share
    of draws of which they hold; "" where inputs were not varied.
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
    wait_told: str
    lost_told: str
    share_told: str
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
    stated: what must be known where it is not of draws and other parts are. intervals: what stands in brackets.
    """

    title: str
    kinds: tuple[KindOfPlace, ...]
    folded: tuple[str, ...]
    each: str
    period: str
    note: str
    width: float
    stated: str
    intervals: str


@dataclass(frozen=True)
class MoneyRow:
    """What each programme spends, or what is left of what it is paid, over the time that is measured."""

    words: str
    cells: tuple["Cell", ...]


@dataclass(frozen=True)
class Cell:
    """A number of a programme. word: of the verdict; verdict: as it is told. mark: "best", "among the best", or ""."""

    level: Quantity
    change: Quantity
    word: str
    verdict: str
    mark: str


@dataclass(frozen=True)
class NumberRow:
    """One of the five numbers. head: what it is and its unit. better: which direction is better, in words."""

    head: str
    better: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Paying:
    """Who pays more or less, in whole units that add up: columns of parts, and a row an option, the sum last.

    limits: of each sum. period: over which time. stated, intervals: as of the picture. reasons: what a part comes of.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    limits: tuple[str, ...]
    period: str
    stated: str
    intervals: str
    reasons: tuple[str, ...]


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
    """The two pages. title: the programmes by name. sure: what intervals are of, and what they do not hold.
    held: where verdicts hold. intervals: what stands in brackets.
    varied: whether inputs were. targets_stated, groups_stated: what must be known of targets, or groups of patients,
    that draws do not tell where they tell the rest.

    weighed: over which time, in whose eyes and of whom gains are held against losses.
    """

    title: str
    subtitle: str
    sure: str
    held: str
    intervals: str
    change: str
    weighed: str
    today: NamedProgramme
    today_places: str
    options: tuple[Option, ...]
    more_options: str
    untold: tuple[str, ...]
    picture: PlacesPicture
    varied: bool
    targets_stated: str
    groups_stated: str
    money: tuple[MoneyRow, ...]
    currency: str
    money_columns: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: tuple[NumberRow, ...]
    numbers_title: str
    targets: tuple[TargetLine, ...]
    paying: Paying | None
    turning: tuple[str, ...]
