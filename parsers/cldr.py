"""The data of the Unicode CLDR as Babel brings them, a locale at a time."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any


def own_data(locale: str) -> dict[str, Any]:
    """What CLDR says for a locale itself, without what it inherits from others.

    Not by Babel's `load`, which remembers a locale as it was loaded first: whoever comes later would get the names of other
    locales, too, or miss them.
    """
    from babel.localedata import resolve_locale_filename

    data: dict[str, Any] = pickle.loads(Path(resolve_locale_filename(locale)).read_bytes())  # noqa: S301 - Babel's own
    return data
