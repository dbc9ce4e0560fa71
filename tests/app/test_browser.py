"""The page in a real browser: it fits a telephone, runs by keyboard, stops, and talks to nobody else."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from accessibility import STREAMLIT, barriers
from support import CLINIC, wait_until

pytest.importorskip("streamlit")
pytest.importorskip("selenium")

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

WATCHED = """
import sys
from importlib import import_module

def heard(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in ("127.0.0.1", "::1"):
        open(sys.argv[2], "a").write(f"{arguments[1]}\\n")
    if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "localhost", None):
        open(sys.argv[2], "a").write(f"{arguments[0]}\\n")

sys.addaudithook(heard)
import_module("sim.cli.web").web_page(int(sys.argv[1]))
"""
"""The server, with a note of every address that it would speak to elsewhere."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    elsewhere = folder / "elsewhere"
    log = (folder / "log").open("wb")
    # A home without settings: nothing may depend on those of the machine.
    environment = {**os.environ, "HOME": str(folder)}
    command = [sys.executable, "-c", WATCHED, str(port), str(elsewhere)]
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        until(lambda: healthy(port))
        yield f"http://127.0.0.1:{port}", elsewhere
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(holds: Callable[[], object]) -> None:
    def fresh() -> object:
        with suppress(StaleElementReferenceException):
            return holds()
        return False

    # To read a page keeps the browser busy, which is to build it meanwhile.
    wait_until(fresh, pause=0.25)


def text(browser: Any) -> str:
    return str(browser.find_element(By.TAG_NAME, "body").text)


def button(browser: Any, name: str) -> Any:
    found: list[Any] = []

    def there() -> bool:
        found[:] = [b for b in browser.find_elements(By.TAG_NAME, "button") if b.text.strip() == name]
        return bool(found)

    until(there)
    return found[0]


def press(browser: Any, name: str) -> None:
    button(browser, name).send_keys(Keys.ENTER)


def choose_a_file(browser: Any) -> None:
    # What is typed while the page is built anew is lost.
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-test-script-state=notRunning]"))
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "input[aria-label*='Scenario']"))
    browser.find_element(By.CSS_SELECTOR, "input[aria-label*='Scenario']").send_keys("a file of my own", Keys.ENTER)
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "input[type=file]"))


def width(browser: Any, pixels: int) -> None:
    settings = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": pixels < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", settings)


def sideways(browser: Any) -> bool:
    script = "const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth > m.clientWidth + 1"
    return bool(browser.execute_script(script))


def test_from_upload_to_findings_by_keyboard_at_both_widths(
    served: tuple[str, Path], browser: Any, tmp_path: Path
) -> None:
    address, elsewhere = served
    browser.get(address)
    until(lambda: "4. Simulate" in text(browser))
    assert barriers(browser, STREAMLIT) == []

    # A long run does not hold the page up, and ends when it is told to.
    press(browser, "Run")
    press(browser, "Add an alternative")
    until(lambda: "Alternative 2" in browser.page_source)
    browser.refresh()
    until(lambda: "Alternative 2" in browser.page_source)
    press(browser, "Stop")
    until(lambda: "Stopped. Nothing of this run is kept." in text(browser))
    press(browser, "Remove this alternative")
    until(lambda: text(browser).count("Remove this alternative") == 1)
    press(browser, "Remove this alternative")
    until(lambda: "Remove this alternative" not in text(browser))

    choose_a_file(browser)
    (tmp_path / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(tmp_path / "clinic.toml"))
    until(lambda: "In use: Clinic" in text(browser))
    press(browser, "Add an alternative")
    until(lambda: "Alternative 1" in browser.page_source)
    press(browser, "Run")
    until(lambda: "The decision" in text(browser) and "How it was computed" in text(browser))
    [section] = [each for each in browser.find_elements(By.TAG_NAME, "summary") if "What it costs" in each.text]
    section.send_keys(Keys.ENTER)
    until(lambda: "The budget, month by month" in text(browser))
    press(browser, "Tell the two journeys")
    until(lambda: "Day by day since asking for care" in text(browser))
    # Rows of marks are nothing to be read aloud; pictures are.
    assert len([image for image in browser.find_elements(By.TAG_NAME, "img") if image.get_attribute("alt")]) >= 3
    for pixels in (1280, 400):
        width(browser, pixels)
        # It takes a moment to be laid out anew.
        until(lambda: not sideways(browser))
        assert barriers(browser, STREAMLIT) == []

    asked = {host(message) for message in browser.get_log("performance")} - {None}
    assert asked == {address.removeprefix("http://")}
    assert not elsewhere.exists(), elsewhere.read_text()


def host(entry: Any) -> str | None:
    """Where a request of the page goes."""
    message = json.loads(entry["message"])["message"]
    if message["method"] not in ("Network.requestWillBeSent", "Network.webSocketCreated"):
        return None
    url = message["params"].get("url") or message["params"]["request"]["url"]
    scheme, _, rest = url.partition("://")
    # The browser's own first page is none of ours, and `data:` goes nowhere.
    return rest.partition("/")[0] if scheme in ("http", "https", "ws", "wss") else None


def test_texts_of_a_file_lead_nowhere(served: tuple[str, Path], browser: Any, tmp_path: Path) -> None:
    nasty = "See https://evil.example/x or www.evil.example, ask me@evil.example :smile: $5 or $6"
    hostile = CLINIC.replace('"Clinic"', f'"{nasty}"\nquestion = "{nasty}"')
    hostile = hostile.replace("capacity = 9", f'capacity = 9\ntitle = "{nasty}"')
    hostile = hostile.replace("A study of clinics", nasty)
    (tmp_path / "hostile.toml").write_text(hostile, encoding="utf-8")
    browser.get(served[0])
    width(browser, 1280)
    until(lambda: "4. Simulate" in text(browser))
    choose_a_file(browser)
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(tmp_path / "hostile.toml"))
    until(lambda: text(browser).count("evil.example") > 3)
    addresses = browser.execute_script("return [...document.querySelectorAll('a[href]')].map(a => a.href)")
    assert [address for address in addresses if not address.startswith(served[0])] == []
    shown = text(browser)
    assert "smile:" in shown
    assert "\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}" not in shown
    assert not browser.find_elements(By.CSS_SELECTOR, ".katex")


@pytest.mark.parametrize(
    ("host", "origin", "answer"),
    [
        ("evil.example", "http://evil.example", 403),
        ("127.0.0.1:{port}", "http://localhost:9999", 403),
        ("localhost:{port}", "http://localhost:9999", 403),
        ("localhost:{port}", "http://evil.example", 403),
        ("localhost:{port}", "http://localhost:{port}", 101),
    ],
)
def test_another_site_or_port_cannot_talk_to_the_page(
    served: tuple[str, Path], host: str, origin: str, answer: int
) -> None:
    port = int(served[0].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as talk:
        lines = [
            *("GET /_stcore/stream HTTP/1.1", f"Host: {host}", f"Origin: {origin}"),
            *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        talk.sendall("\r\n".join([*lines, "", ""]).replace("{port}", str(port)).encode())
        assert f" {answer} ".encode() in talk.recv(200).partition(b"\r\n")[0]
    assert not served[1].exists(), served[1].read_text()
