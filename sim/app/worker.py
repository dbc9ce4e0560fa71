"""The process in which a comparison runs: `python -m sim.app.worker FOLDER`.

FOLDER holds `order.json` (arms: label and scenario, in their order; replications, seed, workers). While it runs, the
process writes how far it is to `progress.json`; at the end there is either a study in `study` or one line in `error`.
It ends with whoever started it, when its standard input closes.
"""

import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from sim.files.whole_files import whole_text

ORDER, PROGRESS, ERROR, STUDY = "order.json", "progress.json", "error", "study"
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
    from sim.experiment.run import compare
    from sim.scenario import load_scenario

    order: dict[str, Any] = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    arms = {label: load_scenario(data) for label, data in order["arms"]}
    replications, seed, workers = order["replications"], order["seed"], order["workers"]

    def progress(done: int, total: int) -> None:
        _write(folder / PROGRESS, json.dumps([done, total]))

    progress(0, replications * len(arms))
    change_on = None if may_change(arms) else START
    study = compare(arms, replications, seed, workers, progress=progress, change_on=change_on)
    with WRITING:
        study.save(folder / STUDY)


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
