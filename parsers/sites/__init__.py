"""Site-specific parsers, the last resort: a module per source with `fields(soup)`."""
