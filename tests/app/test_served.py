"""How the page is served: to itself alone, by modules whose names get in nobody's way."""

import asyncio
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import sim


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
    names = {path.stem for path in (Path(sim.__file__).parent / "app").glob("*.py")} - {"__init__"}
    installed = {name for name in metadata.packages_distributions() if name != "sim"}
    assert not names & (set(sys.stdlib_module_names) | installed)
