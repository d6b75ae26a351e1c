from __future__ import annotations

import struct

from altmount.archives.iso.limits import SECTOR
from altmount.archives.iso.susp import MAX_CONTINUATIONS, read_extras, skip_of
from altmount.archives.joined import Joined
from tests.support.archives import Driver


def field(kind, content):
    return kind + bytes((len(content) + 4, 1)) + content


def more(sector, offset, size):
    both = (struct.pack("<I", one) + struct.pack(">I", one) for one in (sector, offset, size))
    return field(b"CE", b"".join(both))


def extras(data, image=b""):
    driver = Driver([image])
    return driver.run(read_extras(Joined(driver.volumes), data)), driver


def test_names_links_and_moved_folders_are_read():
    found, _ = extras(field(b"PX", bytes(8)) + field(b"NM", b"\1fi") + field(b"NM", b"\0lm"))
    assert (found.name, found.link, found.moved, found.moved_to) == (b"film", False, False, None)
    assert extras(field(b"SL", b"\0x"))[0].link
    assert extras(field(b"RE", b""))[0].moved
    assert extras(field(b"CL", struct.pack("<I", 77) + bytes(4)))[0].moved_to == 77


def test_fields_go_on_elsewhere():
    image = bytes(SECTOR + 10) + field(b"NM", b"\0lm") + bytes(SECTOR)
    found, driver = extras(field(b"NM", b"\1fi") + more(1, 10, 7), image)
    assert found.name == b"film"
    assert driver.requests == 1


def test_fields_that_go_on_in_themselves_end():
    image = more(0, 0, 28).ljust(SECTOR, b"\0")
    _, driver = extras(more(0, 0, 28), image)
    assert driver.requests == MAX_CONTINUATIONS


def test_nonsense_ends_the_fields():
    assert extras(b"NM\x03\x01abc")[0].name == b""
    assert extras(b"NM\xff\x01abc")[0].name == b""
    assert extras(field(b"CE", b"short") + field(b"NM", b""))[0].name == b""


def test_the_first_record_says_how_much_to_skip():
    assert skip_of(b"SP\x07\x01\xbe\xef\x05") == 5
    assert skip_of(b"RR\x05\x01\x81") is None
    assert skip_of(b"") is None
