from __future__ import annotations

from altmount.config import ancestor
from altmount.config.keys import all_keys
from altmount.config.settings import Settings


def test_what_we_act_on_is_not_listed_as_something_we_do_not():
    ours = {
        ".".join(part for part in loc if isinstance(part, str)) for loc, _ in all_keys(Settings)
    }
    assert not ours & ancestor.KEYS


def test_names_directly_in_a_section():
    assert ancestor.names_in("metadata") == {
        "backup",
        "delete_completed_nzb",
        "delete_source_nzb_on_removal",
    }
    assert {"mount_type", "health", "arrs", "stremio"} <= ancestor.names_in("")
    assert "repair" in ancestor.names_in("health")
    assert ancestor.names_in("nowhere") == frozenset()


def test_keys_have_their_section_before_them():
    assert {"mount_type", "providers.user_agent", "health.repair.enabled"} <= ancestor.KEYS
