"""The documentation as a site: everything is on it, every link leads somewhere, and nothing comes from elsewhere."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from accessibility import barriers

import sim

ROOT = Path(__file__).parents[1]
LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
"""Elements that a browser fetches something for by itself, and the attribute that says what."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as strictly as in continuous integration: a link or an anchor that leads nowhere is an error."""
    pytest.importorskip("mkdocstrings")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / ".mkdocs.yml"), strict=True, site_dir=str(folder)))
    return folder


def fetched(text: str) -> Iterator[str]:
    """What a browser would fetch for a page."""
    found: list[str] = []

    class Elements(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(dict(attrs).get(LOADS.get(tag, "")) or "")

    Elements().feed(text)
    yield from filter(None, found)


def test_nothing_is_fetched_from_another_host(site: Path) -> None:
    for path in site.rglob("*.html"):
        elsewhere = [link for link in fetched(path.read_text(encoding="utf-8")) if re.match(r"(https?:)?//", link)]
        assert elsewhere == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", path.read_text(encoding="utf-8")), path


def test_every_page_notebook_and_public_name_is_there(site: Path) -> None:
    pages = [path.stem for path in (ROOT / "docs").glob("*.md") if path.stem != "index"]
    pages += [f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert [name for name in pages if not (site / name / "index.html").is_file()] == []
    reference = (site / "reference" / "index.html").read_text(encoding="utf-8")
    missing = [name for name in sim.__all__ if f'id="{getattr(sim, name).__module__}.{name}"' not in reference]
    assert missing == []
    # Examples stand as examples, not as quotes of quotes.
    assert "&gt;&gt;&gt; result = sim.run(ward, replications=2)" in reference
    assert "<blockquote>" not in reference


PAGES = ("index", "model/index", "reference/index", "notebooks/01_first_comparison/index", "findings/index")


def test_nothing_keeps_anybody_from_reading_a_page(site: Path, browser: Any) -> None:
    for page in PAGES:
        browser.get((site / f"{page}.html").as_uri())
        assert barriers(browser) == [], page


def test_on_a_telephone_only_tables_and_code_scroll_sideways(site: Path, browser: Any) -> None:
    telephone = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", telephone)
    try:
        for page in (*PAGES, "scenarios/index", "regression/index", "howto/index"):
            browser.get((site / f"{page}.html").as_uri())
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 400, page
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_links_to_files_of_the_project_lead_to_copies(site: Path) -> None:
    copied = (site / "scenarios" / "base.toml").read_bytes()
    assert copied == (ROOT / "scenarios" / "base.toml").read_bytes()
    assert 'href="../scenarios/base.toml"' in (site / "model" / "index.html").read_text(encoding="utf-8")
