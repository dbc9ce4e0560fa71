"""What commands save: where it was wanted, or else where it can be, so that nothing simulated is lost."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.speaking import amiss, plainly, writing

if TYPE_CHECKING:
    from sim.experiment import Result, Study


def save(result: "Result | Study", out: Path) -> Path:
    """Save what was simulated, and say where; returns the folder.

    Where the wanted folder cannot be written, although that was tried before: in a new one, in the system's place for
    temporary files, here, or at home. Raises what went wrong first when none of them can.
    """
    from sim.experiment.whole_files import BadFolder

    try:
        with writing(out):
            result.save(out)
        return out
    except (OSError, BadFolder) as error:
        for place in (Path(tempfile.gettempdir()), Path.cwd(), Path.home()):
            with suppress(OSError):
                second = Path(tempfile.mkdtemp(prefix="stepdown-", dir=place))
                try:
                    with writing(second):
                        result.save(second)
                except OSError:
                    shutil.rmtree(second, ignore_errors=True)
                    raise
                amiss(f"{plainly(error)}; what was simulated is in {second} instead")
                return second
        raise
