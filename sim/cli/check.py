"""The command that compares what scenarios give now with what they gave when their numbers were accepted."""

from pathlib import Path
from typing import Literal

import typer

from sim.cli.speaking import progress_bar, say, show, tell, tell_json, tell_whole, writing

CHECK_FAILED = 1
DEFAULT_SUITES = (Path("suite.toml"), Path("tests/regression/suite.toml"))
"""Where a suite is sought when none is named: here, or where a repository keeps its tests."""


def check(
    suite: Path | None = None,
    case: list[str] | None = None,
    style: Literal["table", "junit", "markdown", "json"] = "table",
    bless: bool = False,
    workers: int = 1,
) -> None:
    """Watch results for drift: compare a suite of scenarios with its baselines; exit 1 if a metric has moved."""
    from sim.experiment.regression.baselines import bless as accept
    from sim.experiment.regression.baselines import check_suite, orphans, to_bless
    from sim.experiment.regression.suite import load_suite
    from sim.files.destinations import check_place
    from sim.report.render.json_answers import drift_json
    from sim.report.render.junit import drift_junit
    from sim.report.render.markdown import drift_markdown
    from sim.report.sheets.drift import drift_parts, drift_verdict

    found_here = [path for path in DEFAULT_SUITES if path.exists()]
    if suite is None and not found_here:
        sought = " and no ".join(map(str, DEFAULT_SUITES))
        raise ValueError(f"there is no {sought} here; name a suite: stepdown check SUITE.toml")
    whole = load_suite(suite or found_here[0])
    chosen = whole.only(case) if case else whole
    if bless:
        check_place(chosen.path.parent)
    with progress_bar() as progress:
        checked = check_suite(chosen, workers, progress, blessing=bless)
    if style == "table":
        show(*drift_parts(checked))
        tell(drift_verdict(checked))
    elif style == "json":
        tell_json(drift_json(checked))
    else:
        tell_whole({"junit": drift_junit, "markdown": drift_markdown}[style](checked))
    if bless:
        written = to_bless(checked)
        with writing(f"{', '.join(written) or 'no baseline'} beside {chosen.path}"):
            accept(checked)
        if kept := [each.name for each in chosen.cases if each.name not in written]:
            say(f"unchanged: {', '.join(kept)}")
        if left := orphans(whole):
            say(f"of no case of {whole.path.name} any more, to be deleted or renamed: {', '.join(left)}")
    elif not checked.passed:
        say("if this is meant, accept it: the same command with --bless")
        raise typer.Exit(CHECK_FAILED)
