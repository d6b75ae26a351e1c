from __future__ import annotations

from sqlalchemy import Text, bindparam, select

from altmount.db.octets import octets

LENGTH = select(octets(bindparam("text", type_=Text)))
TEXTS = ["", "a", "a\\b", "\\x41", "☂é", "'%_", "\U0001f980" * 50]


async def test_a_text_is_as_long_as_in_utf8_wherever_it_is_measured(database):
    for text in TEXTS:
        [[length]] = await database.fetch(LENGTH, {"text": text})
        assert length == len(text.encode())
