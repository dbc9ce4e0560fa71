"""The question: what is asked, of what, and the answer that was expected."""

from collections.abc import Sequence

from sim.report.page_parts import Account, Part
from sim.report.words import shortened

PLACE, KEY, HEADING, OPENED = 10, "question", "The question", True
NO_QUESTION = "The scenario states no question."


def parts(of: Account) -> Sequence[Part]:
    """A part a scenario; what is asked comes before what it is compared with."""
    written = [_part(of, name, label) for name, label in zip(of.scenarios, of.labels, strict=True)]
    return [*written[1:], *written[:1]]


def _part(of: Account, name: str, label: str) -> Part:
    scenario = of.scenarios[name]
    lines = [scenario.question] if scenario.question else []
    facts = [("Expected answer", scenario.hypothesis)] if scenario.hypothesis else []
    if of.single:
        return Part("", lines or [NO_QUESTION], facts=facts)
    besides = ("File", label) if name != label else ("Name", scenario.name)
    facts = [*([besides] if besides[1] != name else []), *facts]
    baseline = ", the baseline" if name == of.study.baseline else ""
    return Part(f"{shortened(name)}{baseline}", lines, facts=facts)
