"""What axe finds wrong with a page for people who cannot see it, or not well, or who use no mouse."""

from typing import Any

STREAMLIT = {
    "presentation-role-conflict": "minor: the field for files is a section without a role, and can have the focus"
}
"""Rules that what Streamlit itself writes breaks, which no setting mends, with what they are about."""


def barriers(browser: Any, known: dict[str, str] | None = None) -> list[str]:
    """What is found on the page that the browser shows, of every rule but those known: impact, rule, and where."""
    from axe_core_python.selenium import Axe

    found = Axe().run(browser)["violations"]
    return [
        f"{rule['impact']}: {rule['id']}: {rule['help']}: {node['html'][:300]} at {node['target']}"
        for rule in found
        if rule["id"] not in (known or {})
        for node in rule["nodes"]
    ]
