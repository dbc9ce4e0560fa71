"""`stepdown app`: what it refuses, what Streamlit is told, and how it ends."""

import signal
import socket
from importlib import import_module
from pathlib import Path

import pytest
from processes import PROGRAM, finish, start
from support import wait_until

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


def test_ctrl_c_is_how_it_ends(tmp_path: Path) -> None:
    pytest.importorskip("streamlit")
    with socket.socket() as probe:
        probe.bind((command.ADDRESS, 0))
        port = probe.getsockname()[1]
    served = start((*PROGRAM, "app", "--port", str(port)), HOME=str(tmp_path))

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((command.ADDRESS, port)) == 0

    wait_until(answers)
    served.send_signal(signal.SIGINT)
    status, _, err = finish(served)
    assert (status, "stepdown:" in err) == (0, False), err
