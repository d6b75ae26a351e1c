from __future__ import annotations

from pathlib import Path

from altmount.config.reference import settings_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_the_settings_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == settings_reference()
