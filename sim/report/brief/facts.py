"""What a brief says, as data: every number of the two pages with its unit and interval. Templates add fixed words."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sim.report.sheets.numbers import LEAST_WIDTH, interval, last_place, number, rounded_by, with_limits

BETTER, WORSE, TRADE, UNTOLD = "Better", "Worse", "A trade-off", "Cannot be told"
"""Verdicts on an option."""


@dataclass(frozen=True)
class Quantity:
    """A number with its 95 % interval (NaN where there is none) and unit. sign: it is a difference.

    inputs_low, inputs_high: of what is uncertain of the inputs, where they were varied; low and high are of chance.
    finest: the power of ten to which the finest of those is rounded that stand beside it, as `alike` has it.
    rounded_to: the one to which it is, whatever its intervals bear, so that it reads alike wherever it stands.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    sign: bool = False
    inputs_low: float = math.nan
    inputs_high: float = math.nan
    finest: int | None = None
    rounded_to: int | None = None

    @property
    def number(self) -> str:
        """The number, to as many decimals as its widest interval bears, and so that it lies in both, or as it is
        `rounded_to`; "" where there is none."""
        if self.rounded_to is not None and not math.isnan(self.value):
            return number(round(self.value, -self.rounded_to), self.sign, figures=15)
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
        """The interval that is told with it: of inputs, where they were varied, else of chance; what chance alone does
        where inputs were not found to matter; "" where there is none."""
        if math.isnan(self.inputs_low):
            return interval(self.low, self.high, self.sign)
        if not self._inputs_matter:
            return f"chance {self.chance}" if self.chance else ""
        return interval(self.inputs_low, self.inputs_high, self.sign)

    @property
    def chance(self) -> str:
        """What chance alone leaves open where inputs were varied, as a half-width; "" where there is none."""
        half = (self.high - self.low) / 2
        if math.isnan(self.inputs_low) or not half > LEAST_WIDTH * abs(self.value):
            return ""
        return f"±{number(float(f'{half:.1g}'))}"

    @property
    def both(self) -> str:
        """The interval in brackets, and behind it, where inputs were varied, what chance does: "(-11 to +5) ±0.9"."""
        limits = f"({self.limits})" if self.limits else ""
        return " ".join(filter(None, (limits, self.chance if self._inputs_matter else "")))

    @property
    def _inputs_matter(self) -> bool:
        return self.inputs_high - self.inputs_low > LEAST_WIDTH * abs(self.inputs_low)

    def moved(self, less: str = "less", more: str = "more") -> tuple[str, str, str]:
        """A difference in words, its size, its way and its interval: "3", "fewer", "11 fewer to 5 more"."""
        size, way = self.number.lstrip("+-"), more if self.value > 0 else less
        low, _, high = replace(self, sign=False).limits.partition(" to ")
        if not high:
            return size, way, low
        if low.startswith("-") and high.strip("-0.,") and not high.startswith("-"):
            return size, way, f"{low[1:]} {less} to {high} {more}"
        ends = [end.lstrip("-") for end in (low, high)]
        return size, way, " to ".join(reversed(ends) if self.value < 0 else ends)

    @property
    def turned(self) -> "Quantity":
        """The same from the other side: what is left to pay, of a margin."""
        chance, inputs = (-self.high, -self.low), (-self.inputs_high, -self.inputs_low)
        return replace(
            self, value=-self.value, low=chance[0], high=chance[1], inputs_low=inputs[0], inputs_high=inputs[1]
        )

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

    decision: in the imperative. besides: what is changed with it, by kind; changed: as numbers. opening: who pays how
    much more or less. verdict: one of BETTER, WORSE, TRADE, UNTOLD, or in which share of draws it is better or worse.
    because, condition: of what, and at which worth of a QALY. weighed: of what it is made up. hangs: without what it is
    another. better, worse: outcomes with a found difference. untold, undecided: outcomes of which none is told from
    chance, and of which draws leave the side open. gains: who gains and who loses. explained: the largest part of a
    difference.
    """

    programme: NamedProgramme
    decision: str
    besides: str
    changed: str
    opening: str
    verdict: str
    because: str
    condition: str
    weighed: str
    hangs: str
    better: tuple[Claim, ...]
    worse: tuple[Claim, ...]
    untold: tuple[str, ...]
    undecided: tuple[str, ...]
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
    """One of the five numbers. head: what it is and its unit. better: which direction is better, in words. aim: what
    it answers."""

    head: str
    better: str
    aim: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Paying:
    """Who pays more or less, in whole units that add up: columns of parts, and a row an option, the sum last.

    period: over which time. stated: as of the picture. reasons: what a part comes of.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    period: str
    stated: str
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
    clock: str
    weighed: str
    today: NamedProgramme
    today_places: str
    demand: str
    options: tuple[Option, ...]
    more_options: str
    untold: tuple[str, ...]
    picture: PlacesPicture
    varied: bool
    targets_stated: str
    groups_stated: str
    money: tuple[MoneyRow, ...]
    money_note: str
    currency: str
    money_columns: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: tuple[NumberRow, ...]
    numbers_title: str
    targets: tuple[TargetLine, ...]
    paying: Paying | None
    apart: str
    turning: tuple[str, ...]
