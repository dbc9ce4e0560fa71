"""Docstrings as the reference shows them: what each name means on a line of its own, examples as examples."""

import re
from typing import Any

import griffe

NAMES = re.compile(r"^(?=[a-z_][\w, ]*: )", re.MULTILINE)
"""The beginning of a line that says what a name, or several, mean."""

EXAMPLE = re.compile(r"(?:^>>> .*\n?(?:^\S.*\n?|^    .*\n?)*)+", re.MULTILINE)


class Shown(griffe.Extension):
    """Puts blank lines before what names mean, and examples into fences."""

    def on_instance(self, *, obj: griffe.Object, **rest: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring is not None:
            text = NAMES.sub("\n", obj.docstring.value)
            obj.docstring.value = EXAMPLE.sub(lambda example: f"\n```pycon\n{example[0].rstrip()}\n```\n", text)
