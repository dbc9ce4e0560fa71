"""The notebooks as they are stored, with their outputs: run anew and compared, or written.

    python tests/stored_notebooks.py [NOTEBOOK ...]            run, and say where a fresh run gives other numbers
    python tests/stored_notebooks.py --write [NOTEBOOK ...]    run, and store what came out

Without names it takes all. Compared is text: what was printed, tables, and what objects say of themselves, word by
word; a number with decimals may differ by one in its last place, since machines round the last bit differently.
Pictures are stored, but not compared: each has its numbers beside it.
"""

import argparse
import html
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parents[1] / "notebooks"
AT_ONCE = 2
KEPT = ("text/plain", "text/html", "image/png")
"""What is stored of an output, of all that a kernel offers."""

WIDEST, COLOURS = 1_000, 48
"""Of pictures, in pixels."""

NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
TOKEN = re.compile(rf"{NUMBER.pattern}|[^\s\d]+")
UNSEEN = re.compile(r"<(svg|style|script)\b.*?</\1>|<[^>]+>", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; 0 if all is as stored, or was stored."""
    parser = argparse.ArgumentParser(description="Run the notebooks, and compare or store their outputs.")
    parser.add_argument("--write", action="store_true", help="store what comes out")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of notebooks/ if none is named")
    options = parser.parse_args(arguments)
    paths = options.notebooks or sorted(FOLDER.glob("*.ipynb"))
    status = 0
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for path, fresh in zip(paths, pool.map(executed, paths), strict=True):
            if options.write:
                path.write_text(stored(fresh), encoding="utf-8")
            found = list(differences(nbformat.read(path, 4), fresh))
            status |= bool(found)
            sys.stdout.write(f"{path.name}: {'as stored' if not found else 'not as stored'}\n")
            sys.stdout.writelines(f"  {line}\n" for line in found[:20])
    if status:
        sys.stdout.write("If the new numbers are meant: python tests/stored_notebooks.py --write\n")
    return status


def executed(path: Path) -> Any:
    """The notebook after a fresh run from top to bottom. Raises CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, 4)
    # What is stored must not help: a cell without an output of its own would keep the old one.
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    settings = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", record_timing=False, resources=settings).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [lean(output) for output in cell.outputs if output.get("name") != "stderr"]
    del notebook.metadata["language_info"]
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def lean(output: Any) -> Any:
    """An output without what depends on the machine, and with one form of each kind."""
    if "data" in output:
        output.data = {kind: output.data[kind] for kind in KEPT if kind in output.data}
        output.metadata = {}
        if "image/png" in output.data:
            output.data["image/png"] = small(output.data["image/png"])
    return output


def small(picture: str) -> str:
    """A picture of few colours, no wider than a page."""
    image = Image.open(BytesIO(b64decode(picture))).convert("RGB")
    image.thumbnail((WIDEST, WIDEST * 4))
    made = BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return b64encode(made.getvalue()).decode("ascii")


def stored(notebook: Any) -> str:
    """The notebook as a file."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def differences(old: Any, new: Any) -> Iterator[str]:
    """Where two runs of a notebook say something else: the cell, and what either says there."""
    for before, after in zip_longest(*([c for c in each.cells if c.cell_type == "code"] for each in (old, new))):
        if before is None or after is None:
            yield "the number of cells differs"
            return
        if before.source != after.source:
            yield f"cell {after.id}: its source differs"
        told = [list(tokens(cell)) for cell in (before, after)]
        if told[1] and not before.outputs:
            yield f"cell {after.id}: has no stored output"
            continue
        for was, now in zip_longest(*told, fillvalue="nothing"):
            if not same(was, now):
                yield f"cell {after.id}: {was} is stored, {now} came out"
                break


def tokens(cell: Any) -> Iterator[str]:
    """Words and numbers of all outputs of a cell, in their order; of a picture, that there is one."""
    for output in cell.outputs:
        if "text" in output:
            yield from TOKEN.findall(output.text)
        data = output.get("data", {})
        if "image/png" in data:
            yield "picture"
        elif "text/html" in data:
            yield from TOKEN.findall(html.unescape(UNSEEN.sub(" ", data["text/html"])))
        elif "text/plain" in data:
            yield from TOKEN.findall(data["text/plain"])


def same(was: str, now: str) -> bool:
    """Whether two tokens say the same: words and whole numbers to the letter, others up to one in the last place."""
    if was == now:
        return True
    if not (NUMBER.fullmatch(was) and NUMBER.fullmatch(now) and "." in was and "." in now):
        return False
    values, places = zip(*(_number(text) for text in (was, now)), strict=True)
    return bool(abs(values[0] - values[1]) <= 1.001 * max(places))


def _number(text: str) -> tuple[float, float]:
    """Its value, and what one in its last place is worth."""
    plain = text.replace(",", "").replace("−", "-")
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(plain), 10.0 ** (int(exponent or 0) - decimals)


if __name__ == "__main__":
    sys.exit(main())
