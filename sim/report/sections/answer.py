"""The answer: in sentences, with what the scenario is known to show, and what was expected of it."""

import re
from collections.abc import Sequence

from sim.experiment.psa import PsaResult
from sim.report.answers import answer, answer_of_one
from sim.report.expectations import expectations
from sim.report.page_parts import Account, Part
from sim.report.sheets.sheet import Sheet
from sim.report.sheets.targets import targets_sheets
from sim.report.sheets.uncertainty import psa_parts, worth_of
from sim.report.unrest import foreseen, unrest
from sim.report.wording import metric_words
from sim.report.words import shortened
from sim.scenario import Scenario

PLACE, KEY, HEADING, OPENED = 20, "answer", "The answer", True


def parts(of: Account) -> Sequence[Part]:
    """What to beware of stands first, then what is known of each scenario, then the answer of each, with intervals."""
    alone = answer_of_one(of.first.summary(), of.measured, of.study.replications) if of.single else []
    bullets = _unrest(of)
    written = [Part("" if of.single or not bullets else "To beware of", alone, bullets=bullets), *_targets(of)]
    if of.psa is not None:
        return [*written, _varied(of, of.psa)]
    for name in [] if of.single else list(of.scenarios)[1:]:
        lines = answer(of.rows[of.rows["scenario"] == name], of.measured, of.study.replications)
        written.append(Part(name if bullets or len(of.scenarios) > 2 else "", lines, bullets=_expected(of, name)))
    return written


def _varied(of: Account, psa: PsaResult) -> Part:
    """How sure it is with inputs as uncertain as they are, in place of what chance alone leaves open."""
    every = [*filter(None, psa_parts(psa, worth_of(of.effect, of.perspective, of.not_told), of.not_told))]
    lines, sheets = ([each for each in every if isinstance(each, kind)] for kind in (str, Sheet))
    return Part("With inputs as uncertain as they are", lines, sheets=sheets)  # type: ignore[arg-type]


def _targets(of: Account) -> list[Part]:
    """What is known of each scenario, and whether it shows it."""
    sheets = list(targets_sheets(of.study, of.psa))
    return [Part("", sheets=sheets)] if sheets else []


def _unrest(of: Account) -> list[str]:
    return [
        f"{'' if of.single else f'{shortened(name)}: '}{sentence}."
        for name, result in of.study.results.items()
        for sentence in (*foreseen(result), *unrest(result))
    ]


def _expected(of: Account, name: str) -> list[str]:
    """Whether the outcomes that a hypothesis is about came out as expected, where it is compared as it asks."""
    result = of.study.results[name]
    if result.scenario.compared_with != of.labels[0]:
        return []
    lines = expectations(result, of.first)
    return [f"Hypothesis: {_in_words(line.replace('**', ''), result.scenario)}." for line in lines]


def _in_words(line: str, scenario: Scenario) -> str:
    """A line with what its metric is in place of the name."""
    return re.sub(r"`([^`]+)`", lambda name: metric_words(name[1], scenario), line)
