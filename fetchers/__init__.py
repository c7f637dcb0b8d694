"""The web -> data/raw: one polite client, discovery, the WARC archive."""
