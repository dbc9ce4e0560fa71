"""What computed a replication: the version of Stepdown, its source, and the libraries under it."""

import hashlib
import platform
from importlib import metadata
from pathlib import Path

PARTS = ("scenario", "model", "outcomes", "experiment/replications.py", "experiment/reading_file.py")
"""Parts of the package that a reading depends on. Imports run leftwards, so nothing else can change one."""

LIBRARIES = ("numpy", "pandas", "scipy", "simpy", "pydantic")
"""Libraries whose versions might change the last bit of a number."""


def fingerprint(package: Path) -> str:
    """SHA-256, 64 hexadecimal digits, of the source in these parts of a package and of the versions under it.

    A changed checkout of the same version has another one; where the package is installed does not matter.
    """
    digest = hashlib.sha256()
    versions = [platform.python_version(), *(f"{name} {metadata.version(name)}" for name in LIBRARIES)]
    digest.update("\n".join(versions).encode())
    modules = {path for part in PARTS for path in (package / part, *(package / part).rglob("*.py"))}
    for path in sorted(path for path in modules if path.is_file()):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(package).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


VERSION = metadata.version("stepdown")

CODE = fingerprint(Path(__file__).resolve().parents[1])
"""Of this process. Taken on import, as the modules are: a file changed later is not what this process runs."""
