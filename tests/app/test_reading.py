"""Files that a visitor sends: they may extend one another, and however hard they are to read, nobody else waits."""

import sys
import threading
import time

import pytest
from support import CLINIC

from sim.app import reading
from sim.app.reading import TOO_MUCH, read

OURS = CLINIC.encode()
MORE = b'extends = "files/ours.toml"\nname = "More beds"\nplaces.beds.capacity = 14\n'
MOST = b'extends = "more.toml"\nname = "Most beds"\nplaces.beds.capacity = 20\n'


def beds(found: reading.Found) -> tuple[str, int]:
    assert found.source is not None, found.problems
    return found.source.scenario.name, found.source.scenario.places["beds"].capacity


@pytest.mark.parametrize("order", [("ours.toml", "more.toml", "most.toml"), ("most.toml", "ours.toml", "more.toml")])
def test_files_sent_together_may_extend_one_another(order: tuple[str, ...]) -> None:
    files = {"ours.toml": OURS, "more.toml": MORE, "most.toml": MOST}
    found = read({name: files[name] for name in order})
    assert (found.name, found.unused) == ("most.toml", ())
    assert beds(found) == ("Most beds", 20)


POLICY = b'name = "Policy"\nplaces.beds.capacity = 16\n'
BOTH = b'extends = ["more.toml", "dir/policy.toml"]\nname = "Both"\n'


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("first", range(4))
def test_a_file_may_extend_several_of_those_that_are_sent(first: int) -> None:
    files = {"policy.toml": POLICY, "ours.toml": OURS, "both.toml": BOTH, "more.toml": MORE}
    order = [*files, *files][first : first + 4]
    found = read({name: files[name] for name in order} | {"other.toml": b"nothing"})
    assert (found.name, found.unused) == ("both.toml", ("other.toml",))
    assert beds(found) == ("Both", 16)


@pytest.mark.usefixtures("read_here")
def test_of_several_files_the_missing_one_is_named_and_can_be_sent_afterwards() -> None:
    found = read({"both.toml": BOTH, "ours.toml": OURS, "more.toml": MORE})
    [said] = found.problems
    assert said.startswith('both.toml: extends.1 = "dir/policy.toml"')
    assert "Or give policy.toml as well" in said
    assert beds(read({"policy.toml": POLICY}, found)) == ("Both", 16)


@pytest.mark.usefixtures("read_here")
def test_a_missing_file_is_named_and_can_be_sent_afterwards() -> None:
    found = read({"more.toml": MORE})
    assert (found.source, found.name) == (None, "more.toml")
    [said] = found.problems
    assert said.startswith('more.toml: extends = "files/ours.toml"')
    assert "Give ours.toml as well" in said
    found = read({"ours.toml": OURS}, found)
    assert beds(found) == ("More beds", 14)
    # From now on, whichever is sent is in use.
    assert beds(read({"more.toml": MORE.replace(b"14", b"15")}, found)) == ("More beds", 15)
    assert beds(read({"ours.toml": OURS}, found)) == ("Clinic", 9)


@pytest.mark.usefixtures("read_here")
def test_of_files_that_have_nothing_to_do_with_one_another_the_first_is_in_use() -> None:
    found = read({"ours.toml": OURS, "other.toml": b"nothing"})
    assert (found.name, found.unused) == ("ours.toml", ("other.toml",))
    assert beds(found) == ("Clinic", 9)


@pytest.mark.usefixtures("read_here")
def test_a_fault_names_the_file_that_it_is_in() -> None:
    found = read({"more.toml": MORE, "ours.toml": OURS.replace(b"= 9", b"= -9").replace(b"mean = 8", b"mean = -8")})
    assert {problem.partition(":")[0] for problem in found.problems} == {"ours.toml"}
    assert "goes in a circle" in read({"a.toml": b'extends = "b.toml"', "b.toml": b'extends = "a.toml"'}).problems[0]


@pytest.mark.usefixtures("read_here")
def test_old_texts_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 2 * len(CLINIC) + 50)
    found = reading.NOTHING
    for name in ("a.toml", "b.toml", "c.toml"):
        found = read({name: OURS}, found)
    assert list(found.texts) == ["b.toml", "c.toml"]


@pytest.mark.parametrize("planted", ["OverflowError('far out')", "MemoryError", "RecursionError", "ZeroDivisionError"])
def test_whatever_a_file_raises_is_a_message(monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    elsewhere(monkeypatch, f"def uploaded(*_): raise {planted}\nreading.uploaded = uploaded")
    found = read({"ours.toml": OURS})
    assert found.source is None
    assert found.problems[0].startswith("nothing can be made of its numbers" if planted != "MemoryError" else TOO_MUCH)


def elsewhere(monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    code = f"from sim.app import reading\n{planted}\nreading.main()"
    monkeypatch.setattr(reading, "COMMAND", [sys.executable, "-c", code])


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits of a process")
@pytest.mark.parametrize(
    "planted",
    [
        "reading.MOST_SECONDS = 1\ndef uploaded(*_):\n while True: pass\nreading.uploaded = uploaded",
        "reading.MOST_MEMORY = 2**29\nreading.uploaded = lambda *_: bytearray(2**30)",
        "reading.SWIFT = 0.0",
        "import os; os._exit(3)",
    ],
)
def test_what_is_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch, planted: str) -> None:
    elsewhere(monkeypatch, planted)
    found = read({"ours.toml": OURS})
    assert (found.source, found.problems) == (None, (TOO_MUCH,))
    assert found.texts == {"ours.toml": CLINIC}


def test_what_sleeps_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_WAIT", 0.5)
    elsewhere(monkeypatch, "import time; time.sleep(60)")
    assert read({"ours.toml": OURS}).problems == (TOO_MUCH,)


def test_nothing_is_read_in_the_process_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def here(*_: object) -> None:
        raise AssertionError("it was read here")

    for name in ("uploaded", "parse_toml"):
        monkeypatch.setattr(reading, name, here)
    assert beds(read({"ours.toml": OURS})) == ("Clinic", 9)


def test_so_many_read_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READERS", threading.BoundedSemaphore(1))
    elsewhere(monkeypatch, "import time; time.sleep(1)")
    both = [threading.Thread(target=read, args=({"ours.toml": OURS},)) for _ in range(2)]
    begun = time.monotonic()
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert time.monotonic() - begun > 2
