"""Who gains, who loses: groups of patients, and gaps between them."""

from collections.abc import Sequence

from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import groups_answer
from sim.report.page_parts import Account, Part
from sim.report.pictures import page_pictures
from sim.report.sheets.groups import gap_sheet, group_differences, group_sheets, groups_of_draws, left_out
from sim.report.sheets.outcomes import measured

PLACE, KEY, HEADING, OPENED = 50, "equity", "Who gains and who loses", False
WARNING = (
    "Groups here are groups of patients with other parameters, not a sample of a population: what is not among the "
    "inputs as an effect of a group cannot show as a difference between groups."
)
NO_GROUPS = "The scenario tells no groups of patients apart, so nothing can be said about them."
STATED = (
    "Groups are told at the inputs as stated, with chance alone in the intervals: the draws have none. stepdown psa "
    "--by each, with another --out, keeps them."
)
DRAWN = "Of draws, with both intervals."
ONE_FUTURE = "One simulated future of each cannot tell who gains and who loses."


def parts(of: Account) -> Sequence[Part]:
    """For whom each scenario is better or worse, in sentences; then the tables of all of them."""
    if not any(scenario.population for scenario in of.scenarios.values()) or of.study.groups.empty:
        return [Part("", [NO_GROUPS])]
    of_groups = measured(of.study, OF_GROUPS)
    if of.single:
        drawn = page_pictures.equity_pictures(of.study)
        return [Part("", [WARNING], sheets=list(group_sheets(of.study, of_groups)), pictures=drawn)]
    psa = groups_of_draws(of.study, of.psa)
    drawn = page_pictures.equity_pictures(of.study, psa)
    changed = group_differences(of.study, of_groups, psa)
    written = []
    for name, of_one in changed.groupby("scenario", sort=False):
        lines = groups_answer(of_one.assign(group=of_one["called"]), of_groups)
        written.append(Part(str(name), [ONE_FUTURE] if of.study.replications < 2 else lines))
    gaps = gap_sheet(of.study, of.measured, psa)
    lines, sheets = ([gaps, WARNING], []) if isinstance(gaps, str) else ([WARNING], [gaps])
    by_group = Part("Each group of patients", sheets=list(group_sheets(of.study, of_groups, changed, psa)))
    if of.psa is not None:
        written.insert(0, Part("", [STATED] if psa is None else list(filter(None, (DRAWN, left_out(of.study, psa))))))
    return [*written, Part("Gaps between groups", lines, sheets=sheets, pictures=drawn), by_group]
