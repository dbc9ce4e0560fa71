"""The process in which a comparison runs: `python -m sim.app.worker FOLDER`.

FOLDER holds `order.json` (arms: label and scenario, in their order; replications, seed, workers; draws of their inputs,
or 0). While it runs, the process writes how far it is to `progress.json`; at the end there is either a study in
`study`, with its draws in `psa` there, or one line in `error`. It ends with whoever started it, when its standard input
closes.
"""

import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from sim.files.whole_files import whole_text

ORDER, PROGRESS, ERROR, STUDY, DRAWS = "order.json", "progress.json", "error", "study", "psa"
OF_EACH_DRAW = 2
"""Futures, the fewest that tell chance apart."""
WRITING = threading.Lock()
"""Held while something is written, and for good when the folder goes: what is written then would stay."""


def main(folder: Path) -> int:
    """Run the order in this folder; 0 when there is a study in the end."""
    threading.Thread(target=_end_with_the_page, args=(folder,), daemon=True).start()
    try:
        _run(folder)
    except (ValueError, OSError) as error:
        _say(folder, str(error))
        return 1
    except MemoryError:
        _say(folder, "there is not enough memory for this")
        return 1
    except Exception as error:
        _say(folder, f"unexpected {type(error).__name__}: {error} (a mistake of ours)")
        raise
    return 0


def _run(folder: Path) -> None:
    from sim.experiment.changes import START, may_change
    from sim.experiment.psa import psa
    from sim.experiment.run import compare
    from sim.scenario import load_scenario

    order: dict[str, Any] = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    arms = {label: load_scenario(data) for label, data in order["arms"]}
    replications, seed, workers, draws = (order[name] for name in ("replications", "seed", "workers", "draws"))
    of_draws = OF_EACH_DRAW * draws * len(arms)

    def progress(done: int) -> None:
        _write(folder / PROGRESS, json.dumps([done, replications * len(arms) + of_draws]))

    progress(0)
    change_on = None if may_change(arms) else START
    varied = None
    if draws:
        # First, since cards that nothing can be drawn from are found before anything is simulated.
        varied = psa(
            *(arms, draws, OF_EACH_DRAW),
            seed=seed,
            workers=workers,
            folder=folder / DRAWS,
            change_on=change_on,
            progress=lambda done, total: progress(of_draws * done // total),
            by=("each",) if any(scenario.population for scenario in arms.values()) else (),
        )
    study = compare(
        *(arms, replications, seed, workers),
        progress=lambda done, _: progress(of_draws + done),
        change_on=change_on,
    )
    with WRITING:
        study.save(folder / STUDY, varied)
        if varied is not None:
            (folder / DRAWS).rename(folder / STUDY / DRAWS)


def _say(folder: Path, text: str) -> None:
    _write(folder / ERROR, " ".join(text.split()) or "unknown error")


def _write(path: Path, text: str) -> None:
    """Whole or not at all: the page may be reading."""
    with WRITING, whole_text(path) as file:
        file.write(text)


def _end_with_the_page(folder: Path) -> None:
    # Until the page's process closes it, by ending. Not through `sys.stdin`, whose lock Python wants when it ends.
    while os.read(0, 1024):
        pass
    # Nobody else is left to remove what somebody has laid out.
    WRITING.acquire()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
