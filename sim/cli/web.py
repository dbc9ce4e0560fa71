"""The command that serves the web page."""

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from sim.files.toml import read_toml

ADDRESS = "127.0.0.1"
PAGE = Path(__file__).resolve().parents[1] / "app" / "served.py"
MISSING = (
    "the web page needs Streamlit, which is not installed; install it, in the folder of Stepdown, with: "
    "python3 -m pip --python .venv install -c .ci/constraints.txt -e '.[app]'"
)


def web_page(port: int = 8501) -> None:
    """Open the web page for planners on this machine (needs the extra `app`). Ctrl-C ends it."""
    if find_spec("streamlit") is None:
        raise ValueError(MISSING)
    _check_port(port)
    from click import Abort
    from streamlit.web import cli as streamlit

    # Ctrl-C is how it ends.
    with suppress(Abort):
        streamlit.main(["run", str(PAGE), *flags(port)], prog_name="streamlit", standalone_mode=False)


def flags(port: int) -> list[str]:
    """What Streamlit is told, over any setting of the machine: serve this machine alone, and tell nobody about it."""
    settings = read_toml(PAGE.with_name("streamlit.toml"))
    settings["server"] |= {"address": ADDRESS, "port": port}
    settings["browser"] |= {"serverAddress": ADDRESS}
    texts = [
        f"--{section}.{key}={str(value).lower() if isinstance(value, bool) else value}"
        for section, stated in settings.items()
        for key, value in stated.items()
    ]
    # Another site whose name leads here must not be able to talk to the page.
    return [*texts, f"--server.allowedHosts={ADDRESS}", "--server.allowedHosts=localhost"]


def _check_port(port: int) -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as problem:
            raise ValueError(f"port {port} cannot be used ({problem.strerror}); choose another with --port") from None
