"""A page -> its listings. Pure: no network, no clock, no files but its own vocabularies."""
