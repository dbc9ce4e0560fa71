"""`stepdown app`: what it refuses, what Streamlit is told, and names that would get in the way of other modules."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest
from support import heeding_interrupts

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
    arguments = [sys.executable, "-c", "from sim import cli; cli.main()", "app", "--port", str(port)]
    with subprocess.Popen(
        arguments,
        env={**os.environ, "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_interrupts,
    ) as served:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex((command.ADDRESS, port)) == 0:
                    break
            time.sleep(0.2)
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
    assert (served.returncode, b"stepdown:" in said) == (0, False), said


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (None, True),
        ("http://localhost:8501", True),
        ("http://localhost:9999", False),
        ("http://localhost", False),
        ("http://127.0.0.1:8501", False),
        ("http://localhost:8501.evil.example", False),
        ("http://evil.example", False),
        ("null", False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_page_of_another_origin_or_port_is_refused(kind: str, origin: str | None, passes: bool) -> None:
    pytest.importorskip("streamlit")
    from sim.app.served import OwnOrigin

    answered: list[str] = []

    async def page(*_: object) -> None:
        answered.append("page")

    async def send(message: Any) -> None:
        answered.append(f"{message['type']} {message.get('status', message.get('code'))}")

    async def receive() -> Any:
        raise AssertionError("nothing is to be read")

    headers = [(b"host", b"localhost:8501"), *([(b"origin", origin.encode())] if origin else [])]
    asyncio.run(OwnOrigin(page)({"type": kind, "headers": headers}, receive, send))
    refusal = {"http": "http.response.start 403", "websocket": "websocket.close 1008"}[kind]
    assert answered[0] == ("page" if passes else refusal)


def test_no_module_of_the_page_hides_another() -> None:
    # Streamlit puts the folder of the page in front of the module path.
    names = {path.stem for path in Path(command.PAGE).parent.glob("*.py")} - {"__init__"}
    installed = {name for name in metadata.packages_distributions() if name != "sim"}
    assert not names & (set(sys.stdlib_module_names) | installed)
