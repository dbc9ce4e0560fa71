"""Who bears a cost, and whose costs count: payers, the patient, society, and the perspectives of an analysis."""

import math
from collections.abc import Mapping
from typing import Literal

from sim.files.nearest import name_hint
from sim.scenario.schema import Scenario
from sim.vocabulary import CATEGORY, NONE, PATIENT, PROGRAMME, SOCIETY, EntryCategory

Perspective = Literal["provider", "payer", "patient", "society"]

PERSPECTIVES: dict[Perspective, str] = {
    "provider": "what it takes to run the programme, whoever pays for it",
    "payer": "what third parties pay, for the programme and outside it",
    "patient": "what patients pay themselves, and what their time in care is worth",
    "society": "every cost once, whoever bears it; a payment from one to another is no cost of its own",
}
"""Whose costs count. Society's are those of payers, of patients, and those that fall on neither."""


def check_perspective(name: str) -> Perspective:
    """The perspective of this name; ValueError, with the nearest names, if there is none."""
    for perspective in PERSPECTIVES:
        if perspective == name:
            return perspective
    raise ValueError(f"there is no perspective {name!r}. {name_hint(name, PERSPECTIVES)}")


def bearers(scenario: Scenario, level: int, category: EntryCategory) -> Mapping[str, float]:
    """Who bears a cost of this category in this level (NONE: outside care), as shares that sum to one.

    The level's own payers bear the programme's costs there; else the category's (`costs.payers`); else patients bear
    their time, society what is neither paid for nor theirs (lost work, crime), and the scenario's payers all the rest.
    Where each patient has a payer, the residual payer bears what the programme costs, less what is paid; what payers
    pay (`payments`) is each one's own, and asked of the ledger (`borne_by`).
    """
    if scenario.reimbursement is not None and (category in PROGRAMME or category == "revenue"):
        return {scenario.reimbursement.residual_payer: 1.0}
    if category in PROGRAMME and level != NONE:
        own = list(scenario.levels.values())[level].payers
        if own:
            return own
    for stated, shares in scenario.costs.payers.items():
        if stated == category:
            return shares
    bearer = CATEGORY[category].bearer
    return {bearer: 1.0} if bearer else scenario.payers


def counted_share(scenario: Scenario, level: int, category: EntryCategory, perspective: Perspective) -> float:
    """The share of a cost that counts in a perspective."""
    if perspective == "provider":
        return 1.0 if category in PROGRAMME else 0.0
    if perspective == "society":
        return 0.0 if CATEGORY[category].transfer else 1.0
    if category == "payments":
        return 1.0 if perspective == "payer" else 0.0
    shares = bearers(scenario, level, category)
    if perspective == "patient":
        return shares.get(PATIENT, 0.0)
    return math.fsum(share for bearer, share in shares.items() if bearer not in (PATIENT, SOCIETY))


def payers(scenario: Scenario) -> tuple[str, ...]:
    """Everyone who pays for a part of the programme, the scenario's own payers first.

    Where each patient has a payer: these, in the order of the attribute's codes, and the residual payer.
    """
    if scenario.reimbursement is not None:
        return tuple(dict.fromkeys((*scenario.payers_of_patients, scenario.reimbursement.residual_payer)))
    shares = [scenario.payers, *(level.payers for level in scenario.levels.values())]
    shares += [scenario.costs.payers[category] for category in PROGRAMME if category in scenario.costs.payers]
    return tuple(dict.fromkeys(payer for table in shares for payer in table))
