"""The question: what is asked, what is compared with what, and the answer that was expected."""

from collections.abc import Sequence

from sim.report.page_parts import Account, Part
from sim.report.words import shortened
from sim.scenario.differences import differences
from sim.scenario.policy import policy_line

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
    facts = [*([("File", label)] if name != label else [("Name", scenario.name)]), *facts]
    if name == of.study.baseline:
        return Part(f"{shortened(name)}, the baseline", lines, facts=facts)
    baseline = of.scenarios[of.study.baseline]
    count, policy = len(differences(baseline, scenario)), policy_line(baseline, scenario)
    inputs = "1 input" if count == 1 else f"{count} inputs"
    whole = f"{inputs}, listed with the assumptions"
    differing = whole if policy == inputs else f"{policy} ({whole})"
    return Part(shortened(name), lines, facts=[*facts, ("Differs in", differing if count else "nothing")])
