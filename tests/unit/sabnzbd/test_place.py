from __future__ import annotations

from altmount.sabnzbd.place import Place


def test_a_path_of_the_library_is_found_below_the_mount():
    place = Place("/mnt/usenet", "/complete")
    assert place.path("/complete/TV/A.Film") == "/mnt/usenet/complete/TV/A.Film"
    assert place.complete_dir == "/mnt/usenet/complete"


def test_what_brought_nothing_is_at_the_base():
    assert Place("/mnt/usenet", "/complete").path(None) == "/mnt/usenet"
    assert Place("", "/complete").path(None) == "/"


def test_what_is_mounted_nowhere_is_named_as_in_the_library():
    assert Place("", "/complete").path("/complete/A") == "/complete/A"
    assert Place("", "/").complete_dir == "/"
    assert Place("/mnt", "/").complete_dir == "/mnt"
