"""Commands about a result store: what it keeps, whether it is sound, and what nobody needs any more."""

from itertools import pairwise
from pathlib import Path

import typer

from sim.cli.options import worded
from sim.cli.speaking import say, show, tell

CHECK_FAILED = 1

store = typer.Typer(
    name="store",
    help="Look after the replications that --store keeps",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@store.command("list")
@worded
def list_(folder: Path) -> None:
    """List what is kept: scenario and digest, seed, replications, version and code, size.

    Of inputs that are varied (tornado, threshold, sobol) parts are kept, which are counted apart.
    """
    from sim.experiment.store.inventory import set_aside, stocks
    from sim.report.sheets.sheet import Sheet, words

    heads = ("scenario", "digest", "seed", "replications", "by", "records", "version", "of use", "size")
    rows, kept = [], stocks(folder)
    for stock in kept:
        label, size = stock.label, f"{stock.size / 1e6:,.1f} MB"
        if label is None:
            rows.append(("(all damaged)", *("",) * 2, _ranges(stock.numbers), *("",) * 4, size))
            continue
        kept_of = f"{len(stock.numbers):,} parts" if stock.varied else _ranges(stock.numbers)
        known = (label["name"], label["scenario"][:12], str(label["seed"]), kept_of)
        by = ", ".join(" x ".join(attributes) for attributes in label["groupings"])
        version = f"{label['stepdown']} ({label['code'][:12]})"
        yes_or_no = ["yes" if each else "no" for each in (label["records"], stock.current)]
        rows.append((*known, by, yes_or_no[0], version, yes_or_no[1], size))
    if kept:
        show(Sheet("", words(*heads), rows))
    whole, parts = (sum(len(stock.numbers) for stock in kept if stock.varied == each) for each in (False, True))
    beside = f", {parts:,} part{'s' * (parts > 1)} of studies with varied inputs" if parts else ""
    tell(f"{whole:,} replications{beside}, {sum(stock.size for stock in kept) / 1e6:,.1f} MB")
    _say_set_aside(len(set_aside(folder)), folder)


@store.command()
@worded
def verify(folder: Path) -> None:
    """Check every file as it is checked when it is used; exit 1 if any is damaged. Changes nothing."""
    from sim.experiment.store.inventory import damaged, set_aside

    checked, broken = damaged(folder)
    for path in broken:
        say(f"{path}: damaged")
    _say_set_aside(len(set_aside(folder)), folder)
    tell(f"{checked:,} files checked, {len(broken):,} damaged")
    if broken:
        say(f"a run that needs them computes them again; remove them with: stepdown store prune {folder}")
        raise typer.Exit(CHECK_FAILED)


@store.command()
@worded
def prune(
    folder: Path,
    older_than: float | None = None,
    dry_run: bool = False,
) -> None:
    """Remove what another version or other code wrote, damaged files, and what was left unfinished."""
    from sim.experiment.store.inventory import prune as remove

    removed = remove(folder, older_than, dry_run)
    for path in removed if dry_run else ():
        tell(str(path))
    tell(f"{len(removed):,} files {'would be ' if dry_run else ''}removed")


def _say_set_aside(count: int, folder: Path) -> None:
    if count:
        say(f"{count:,} damaged files were set aside earlier; remove them with: stepdown store prune {folder}")


def _ranges(numbers: tuple[int, ...]) -> str:
    """Numbers in order, such as "0-99, 120"."""
    starts = [b for a, b in pairwise((-2, *numbers)) if b != a + 1]
    ends = [a for a, b in pairwise((*numbers, numbers[-1] + 2)) if b != a + 1]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))
