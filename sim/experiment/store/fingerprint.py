"""What computed a replication: the version of Stepdown, its source, the libraries and the kind of machine under it."""

import hashlib
import platform
from pathlib import Path

from sim.files.provenance import libraries

PARTS = (
    *("vocabulary.py", "files", "scenario", "model", "outcomes", "experiment/replications.py"),
    *("experiment/store/reading_file.py", "experiment/table_checks.py", "experiment/tables.py"),
)
"""Parts of the package that a reading and its file depend on: they import nothing of it but one another."""


def fingerprint(package: Path) -> str:
    """SHA-256, 64 hexadecimal digits, of the source in these parts of a package, the versions under it and the machine.

    A changed checkout of the same version has another one; where the package is installed does not matter. Of the
    machine it knows the architecture and the C library, whose `exp` and `log` may differ in the last bit.
    """
    digest = hashlib.sha256()
    machine = [platform.machine(), *platform.libc_ver()]
    digest.update("\n".join([*machine, *(f"{name} {number}" for name, number in libraries().items())]).encode())
    modules = {path for part in PARTS for path in (package / part, *(package / part).rglob("*.py"))}
    for path in sorted(path for path in modules if path.is_file()):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(package).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


CODE = fingerprint(Path(__file__).resolve().parents[2])
"""Of this process. Taken on import, as the modules are: a file changed later is not what this process runs."""
