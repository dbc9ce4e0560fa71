"""Who pays for whom: rates of payers, what of them is paid, and the days that they authorise."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sim.files.problems import Problem, error, warning
from sim.scenario.distributions import Scale, Share
from sim.scenario.frozen import WHOLE, Frozen
from sim.scenario.schema.units import AttributeName, Money, MoneyPerDay, Name, number
from sim.vocabulary import PATIENT, SOCIETY


class Extension(Frozen):
    """A review as authorised days are used up: with this probability it grants so many more, and so on."""

    days: Scale
    probability: Share
    at_most: Annotated[int, number("extensions", ge=1, le=100_000), WHOLE] | None = Field(
        None, description="extensions of one stay; absent: any number"
    )


class PayerRate(Frozen):
    """What a payer pays for its patients in a level, a price and no cost; and the days of a stay that it authorises."""

    per_day: MoneyPerDay = 0.0
    per_session: Money = 0.0
    per_admission: Money = 0.0
    denied_share: Share = Field(0.0, description="share of admissions for which nothing is paid")
    collected_share: Share = Field(1.0, description="of what is not denied, the share that is collected")
    authorised_days: Scale | None = Field(
        None, description="the stay is terminated when these are used up; absent: as the level says"
    )
    extension: Extension | None = Field(None, description="of these authorised days; absent: there is none")

    def own_problems(self) -> Iterator[Problem]:
        """Extensions of nothing, and payments of which nothing is left."""
        if self.extension is not None and self.authorised_days is None:
            yield error("extension", "needs authorised_days, which it extends")
        priced = self.per_day + self.per_session + self.per_admission > 0
        if not priced and (self.denied_share, self.collected_share) != (0.0, 1.0):
            yield warning("", "denied_share and collected_share have no effect: nothing is to be paid")

    @property
    def paid_share(self) -> float:
        """Of what the rate comes to, the share that is paid."""
        return (1 - self.denied_share) * self.collected_share


class Reimbursement(Frozen):
    """Every patient has a payer, which pays by the rates of levels (`levels.<level>.rates`); one payer bears the
    rest."""

    attribute: Annotated[AttributeName, Field(description="of the population: its values are the payers")]
    residual_payer: Annotated[
        Name, Field(description="bears what the programme costs beyond what is paid, and has what is paid beyond that")
    ]

    def own_problems(self) -> Iterator[Problem]:
        """A residual payer that is none."""
        if self.residual_payer in (PATIENT, SOCIETY):
            message = "must be a third party: a patient pays what they are asked for, and society is everybody else"
            yield error("residual_payer", message, self.residual_payer)
