"""Whether loops over rows run as machine code (`kernels`), or as the plain Python of the same bits.

They do so once the compiled engine runs replications in this process: not before, since numba takes longer to load
than the metrics of a few replications take.
"""

from threading import Lock
from types import ModuleType

from sim.model.engine import Engine

_loaded: list[ModuleType] = []
_one_at_a_time = Lock()


def ready(engine: Engine) -> None:
    """Have the kernels ready where replications are run by this engine; made once for a version on a machine."""
    if engine != "compiled" or _loaded:
        return
    from sim.model.compiled.building import make
    from sim.outcomes import kernels

    with _one_at_a_time:
        if not _loaded:
            make(kernels.ENTRIES)
            _loaded.append(kernels)


def compiled() -> ModuleType | None:
    """The kernels, if they are used."""
    return _loaded[0] if _loaded else None
