"""Pages of the site that lie elsewhere in the project: notebooks, findings, changes.

Links of pages to other files of the project lead to copies of these on the site.
"""

import html
import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
ELSEWHERE = ("CHANGELOG.md", "findings/README.md")
LINK = re.compile(r"(\]\()((?:\.\./)+[\w./-]+|[\w-]+\.sh)(#[\w-]*)?\)")
"""A link out of docs/, or from the list of findings to one of them."""

MENDED = {
    '<div class="navbar ': '<div role="navigation" aria-label="Pages" class="navbar ',
    "<pre>": '<pre tabindex="0">',
    "</head>": "<style>:root { --bs-link-color: #0b5394; --bs-link-color-rgb: 11, 83, 148; }\n"
    "caption { color: inherit; }\n"
    "pre, pre code { font-size: 0.875rem; }\n"
    ":not(pre) > code { overflow-wrap: anywhere; -webkit-box-decoration-break: clone; box-decoration-break: clone; }\n"
    ".sideways { overflow-x: auto; }\n"
    ".dataframe th, .dataframe td { text-align: right; }</style></head>",
}
"""What the theme lacks: a landmark, the focus on what scrolls, colours dark enough on their background, code that can
be read, numbers that stand under each other."""
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
"""Of a page's own text: outputs of notebooks scroll already."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is not in docs/."""
    for name in ELSEWHERE:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=notebook(path)))
    for name in sorted({name for file in list(files) if file.is_documentation_page() for name in copied(file)}):
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to files of the project to their copies."""
    here = posixpath.dirname(page.file.src_uri)
    return LINK.sub(
        lambda link: f"{link[1]}{posixpath.relpath(of_project(page.file, link[2]), here or '.')}{link[3] or ''})",
        markdown,
    )


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Open the page to those who see it not well, or use no mouse, or a small screen."""
    for lacking, mended in MENDED.items():
        output = output.replace(lacking, mended)
    return TABLE.sub(lambda table: f'<div class="sideways" tabindex="0">{table[0]}</div>', output)


def copied(file: File) -> list[str]:
    """Files of the project that a page leads to, and that are no pages themselves."""
    found = [of_project(file, link[2]) for link in LINK.finditer(file.content_string)]
    return [name for name in found if not name.endswith(".md")]


def of_project(file: File, link: str) -> str:
    """The path of a linked file within the project, with the page of a notebook for the notebook."""
    folder = "" if file.src_uri in ELSEWHERE else "docs"
    path = posixpath.normpath(posixpath.join(folder, posixpath.dirname(file.src_uri), link))
    return f"{path.removesuffix('.ipynb')}.md" if path.endswith(".ipynb") else path


def notebook(path: Path) -> str:
    """A notebook as a page: texts, code, and the outputs that are stored with it."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        parts += [shown(output) for output in cell.get("outputs", [])]
    return "\n\n".join(parts) + "\n"


def shown(output: dict[str, Any]) -> str:
    """One output: a picture, a table, or text."""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    if "image/png" in data:
        content = data["image/png"].strip()
        return (
            f'<img alt="The numbers above in a picture" style="max-width: 100%" src="data:image/png;base64,{content}">'
        )
    if "text/html" in data:
        # Without blank lines, at which a page would take the rest for its own text.
        return '<div style="overflow-x: auto" tabindex="0">' + re.sub(r"\n\s*\n", "\n", data["text/html"]) + "</div>"
    text = data.get("text/plain", "".join(output.get("text", [])))
    return f"<pre>{html.escape(text.rstrip()).replace(chr(10) * 2, chr(10) + '&#8203;' + chr(10))}</pre>"
