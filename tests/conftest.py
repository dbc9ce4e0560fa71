"""Settings of all tests."""

import gc
import os
import shutil
from collections.abc import Iterator
from typing import Any

import engine
import forge
import kept_workers
import pytest
from hypothesis import settings

# A busy machine must not fail a test: speed is measured in benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A command in a process of its own, and every worker, would compile the package anew: a sixth of what its start takes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Tests are parallel enough already: threads of a second process on the same cores wait for each other, turning round.
for library in ("OMP", "OPENBLAS", "MKL", "VECLIB"):
    os.environ.setdefault(f"{library}_{'MAXIMUM' if library == 'VECLIB' else 'NUM'}_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """One of several processes has machine code made first, while another collects tests, and leaves them compiled."""
    if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
        engine.made()


def pytest_collection_finish() -> None:
    """What is imported stays: it need not be searched for garbage again and again, a tenth of all the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture simulates."""
    engine.choose(simpy=engine.wants_simpy(item), plain=engine.wants_plain(item))
    kept_workers.choose(item)


def pytest_sessionfinish() -> None:
    """The process that forked others ends before this one, and so do workers."""
    forge.end()
    kept_workers.end()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Neighbours stay in one process, so that what they share is made once; who is done early takes over some."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without pictures, where only what the page says is looked at."""
    monkeypatch.setattr("sim.report.pictures.page_pictures.pictures", lambda *_: ([], [], []))
    for kind in ("equity", "budget", "value", "pathway"):
        monkeypatch.setattr(f"sim.report.pictures.page_pictures.{kind}_pictures", lambda *_: [])


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports whose pictures are made, with their texts, but not painted, where none of them is looked at."""
    monkeypatch.setattr("sim.report.render.files._saved", lambda *_: b"<svg/>")


CHROMIUM_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1280,1000"),
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One for all modules of a process, for `browser`."""
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def browser(chromium: Any) -> Iterator[Any]:
    """Chromium, as a program drives it, as it is when it has started; its logs hold what it asked others for, and what
    it complained of."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.set_window_size(1280, 1000)
    for log in ("performance", "browser"):
        chromium.get_log(log)
    yield chromium
    # What is on a page would go on meanwhile.
    chromium.get("about:blank")
