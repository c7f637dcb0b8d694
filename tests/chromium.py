"""Which Chromium the tests of the review pages drive: light to import, as every run of the tests asks."""

from __future__ import annotations

import shutil

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""The browser of this machine; None where there is none: then its tests are skipped, and the summary says so."""
SKIPPED = "no Chromium: the review pages are NOT tested in a browser. Install Debian's `chromium` and run again"
