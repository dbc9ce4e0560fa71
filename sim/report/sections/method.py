"""The method: how it was computed, so that anybody can compute it again."""

from collections.abc import Sequence

from sim.report.page_parts import Account, Part
from sim.report.words import shortened

PLACE, KEY, HEADING, OPENED = 90, "method", "How it was computed", False
REPEATABLE = (
    "The same scenario, seed, number of replications and version give the same numbers, whatever the number of "
    "workers. The folder of results holds the scenarios in full (manifest.json)."
)
CHECKLISTS = (
    "Reporting checklists (STRESS-DES, CHEERS 2022) are a file of their own: stepdown stress, of the same folder."
)
KIND = "discrete-event simulation; scenarios on the same people with the same luck (common random numbers)"
SPAN = (
    "{time.warm_up_days:g} days of warm-up, {time.recruitment_days:g} of recruitment and {time.follow_up_days:g} of "
    "follow-up, from {time.start}"
)
CHANGE = "on day {day:g}, from {baseline}; lists {lists}"
LISTS = {"carry_over": "carried over", "entry_rules": "placed anew by the entry rules"}


def parts(of: Account) -> Sequence[Part]:
    """Seed, replications, versions, command, digests."""
    made, change = of.provenance, of.study.change
    versions = ", ".join(f"{name} {version}" for name, version in made.versions.items())
    facts = [
        ("Method", KIND),
        ("Seed", str(of.first.seed)),
        ("Replications", str(of.study.replications)),
        ("Time", SPAN.format(time=of.first.scenario.time)),
        ("Version", f"Stepdown {made.version}"),
        ("Libraries", versions or "not recorded"),
        ("Command", made.command or "not recorded: it was computed from Python"),
    ]
    if change:
        baseline = shortened(of.study.baseline)
        facts.append(("Change", CHANGE.format(day=change.day, baseline=baseline, lists=LISTS[change.lists])))
    facts += [
        (f"Scenario digest (SHA-256){'' if of.single else f', {shortened(name)}'}", scenario.digest())
        for name, scenario in of.scenarios.items()
    ]
    return [Part("", [REPEATABLE, CHECKLISTS], facts=facts)]
