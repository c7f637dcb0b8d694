"""Site-specific parsers, the last resort: `<source>.py` reads the pages of the source of that name (docs/site-parsers.md)."""
