from sim.files.nearest import name_hint, nearest


def test_nearest_offers_only_what_is_close():
    assert nearest("residentail", ["iop", "residential"]) == ["residential"]
    assert nearest("detox", ["iop", "residential"]) == []


def test_without_a_near_name_all_are_listed():
    assert name_hint("detox", ["iop", "residential"]) == "There are iop, residential"
    assert name_hint("detox", []) == "There is none"
