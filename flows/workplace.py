"""Where a run works: the folder of sources and the folder of data, by option, environment or default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sources.source import Source, named_source


@dataclass(frozen=True, slots=True)
class Workplace:
    """`sources` holds a folder a source; below `data` lie `raw/<source>/` (archives) and `processed/<source>/` (releases).

    `bucket` is the URL of the data where they are on object storage: then `data` is their copy on this machine (`flows.bucket`).
    """

    sources: Path
    data: Path
    bucket: str | None = None

    @classmethod
    def at(cls, sources: str | Path, data: str) -> Workplace:
        """The workplace of these sources, and of the data in a folder or at a URL that fsspec knows."""
        if "://" not in data:
            return cls(Path(sources), Path(data))
        from flows.bucket import copy_of

        return cls(Path(sources), copy_of(data.rstrip("/")), data.rstrip("/"))

    @property
    def data_at(self) -> str:
        """Where the data are: what `at` takes."""
        return self.bucket or str(self.data)

    @property
    def raw(self) -> Path:
        """The folder of the archives."""
        return self.data / "raw"

    def source(self, name: str) -> Source:
        """The source of that name; SourceError where there is none or its configuration or its own parser is unsound."""
        from parsers.site_parsers import find_parser

        source = named_source(self.sources, name)
        find_parser(source)
        return source

    def processed(self, source: str) -> Path:
        """The folder of a source's releases."""
        return self.data / "processed" / source
