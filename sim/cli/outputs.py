"""What commands save: where it was wanted, or else where it can be, so that nothing simulated is lost."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.speaking import amiss, plainly, writing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.experiment.psa import PsaResult
    from sim.experiment.result import Result, Study


def save(result: "Result | Study", out: Path, *beside: "PsaResult | None") -> Path | None:
    """Save what was simulated, and say where; returns the folder. beside: what else of a study `Study.save` is given.

    Where the wanted folder cannot be written, although that was tried before: in a new one, in the system's place for
    temporary files, here, or at home. Where none of them can, that is said, and None is returned: the answer, which is
    still to be shown, is then all that is left.
    """
    from sim.files.whole_files import BadFolder

    try:
        with writing(out):
            result.save(out, *beside)
        return out
    except (OSError, BadFolder) as error:
        for place in (tempfile.gettempdir, Path.cwd, Path.home):
            # A place may be gone itself, as the working folder is when its disk was unmounted, or not be known.
            with suppress(OSError, RuntimeError, ValueError):
                second = Path(tempfile.mkdtemp(prefix="stepdown-", dir=place()))
                try:
                    with writing(second):
                        result.save(second, *beside)
                except (OSError, ValueError):
                    shutil.rmtree(second, ignore_errors=True)
                    raise
                amiss(f"{plainly(error)}; what was simulated is in {second} instead")
                return second
        amiss(f"{plainly(error)}, nor was there another place for it; the answer alone is left")
        return None


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a picture, and say where."""
    from sim.report.pictures.figure_file import write_figure

    with writing(path):
        write_figure(figure, path)


def save_text(text: str, path: Path) -> None:
    """Write a text, and say where."""
    from sim.files.whole_files import whole_text

    with writing(path), whole_text(path) as file:
        file.write(text)
