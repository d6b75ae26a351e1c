from __future__ import annotations

from datetime import timedelta

from altmount.streaming.viewing import Viewer, viewings
from tests.support.viewers import FILM, NOON, Sent


def test_connections_of_one_player_at_one_file_are_one():
    later = NOON + timedelta(minutes=1)
    first = Sent(sent=300, start=100).going(5)
    other = Sent(viewer=FILM._replace(agent="vlc"), since=later).going(0)
    second = Sent(sent=20, start=900, since=later).going(7)
    vlc, mpv = viewings([first, other, second])
    assert (vlc.viewer.agent, mpv.viewer.agent) == ("vlc", "mpv")
    assert (mpv.connections, mpv.sent, mpv.offset, mpv.since) == (2, 320, 920, NOON)
    assert (mpv.rate, mpv.stalled, vlc.stalled) == (12, False, True)


def test_it_never_is_behind_the_end_of_the_file():
    [viewing] = viewings([Sent(start=990, sent=400)])
    assert viewing.offset == 1000


def test_an_id_is_of_one_viewer_alone():
    others = [FILM._replace(**{name: "x"}) for name in Viewer._fields]
    shifted = FILM._replace(user="annf", door="iles")
    assert len({viewer.id for viewer in (FILM, shifted, *others)}) == 7
    assert FILM.id == Viewer(*FILM).id
