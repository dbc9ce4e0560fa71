"""`stepdown app`: what it refuses, what Streamlit is told, and names that would get in the way of other modules."""

import socket
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest

command = import_module("sim.cli.web")


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(
        ValueError, match=r"^the web page needs Streamlit.*--python .venv install .* -e '\.\[app\]'$"
    ) as found:
        command.web_page()
    assert "\n" not in str(found.value)


def test_a_port_in_use_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: True)
    with socket.socket() as taken:
        taken.bind((command.ADDRESS, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} cannot be used.*--port"):
            command.web_page(port)


def test_it_serves_this_machine_alone_and_tells_nobody() -> None:
    flags = command.flags(8600)
    assert {
        "--server.address=127.0.0.1",
        "--server.port=8600",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
    } <= set(flags)


def test_streamlit_knows_every_setting() -> None:
    config = pytest.importorskip("streamlit.config")
    for flag in command.flags(8600):
        assert flag.removeprefix("--").partition("=")[0] in config._config_options_template


def test_no_module_of_the_page_hides_another() -> None:
    # Streamlit puts the folder of the page in front of the module path.
    names = {path.stem for path in Path(command.PAGE).parent.glob("*.py")} - {"__init__"}
    installed = {name for name in metadata.packages_distributions() if name != "sim"}
    assert not names & (set(sys.stdlib_module_names) | installed)
