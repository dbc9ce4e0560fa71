"""A system at rest, in words."""

from collections.abc import Iterator

from sim.experiment.rest import Rest
from sim.scenario.schema import FormerPatients


def rest_lines(rest: Rest) -> Iterator[str]:
    """What brings a scenario to rest: the rate that was solved for, and the pool that a long run comes to."""
    if rest.exit is not None:
        wanted = rest.scenario.arrivals.known_share or 0.0
        yield (
            f"moving away: {rest.exit.rate:.3g} a year (standard error {rest.exit.error:.2g}) of former patients at "
            f"home; then {wanted:.3g} of all calls are of people known already"
        )
    yield f"in the last of {rest.years} years they were {rest.known_share:.3f} of all calls"
    known, words = rest.scenario.known, rest.scenario.condition.words
    yield (
        f"people known, at rest: {rest.after:,}, of whom {known.unwell.people:,} {words['unwell']}; "
        f"those in care are among them (20 years before: {rest.before:,})"
    )
    if rest.scenario.medications:
        yield (
            "on day 0 none of them is on a medication, although in the long run some are: that is not at rest until as "
            "many have been offered one again; a warm-up lets it come to that"
        )
    for state, former in ((words["well"], known.well), (words["unwell"], known.unwell)):
        if former.people:
            yield f"{state}: {_mix(former)}"


def _mix(former: FormerPatients) -> str:
    """Their attributes, one after the other."""
    mixes = [
        f"{name} {', '.join(f'{v} {s:.3g}' for v, s in shares.items())}" for name, shares in former.population.items()
    ]
    return "; ".join([*mixes, f"mean frailty {former.frailty:+.2f}"])
