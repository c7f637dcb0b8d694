"""A small bilingual directory as a content system serves it: every page carries a sidebar that changes with each edit."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.servers import Answer, Script, Site, html, redirect

HOUSES = ("anchor", "beacon", "cedar", "dune", "ember", "fjord", "grove", "harbour")


@dataclass
class Directory:
    """The pages of a directory; `edit` and what follows change it as an editor would."""

    site: Site
    telephones: dict[str, str] = field(default_factory=dict)
    edits: int = 0
    other: dict[str, Answer | Script] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.telephones = {name: f"+32 2 555 01 {n:02}" for n, name in enumerate(HOUSES)}
        self.publish()

    def edit(self, name: str) -> None:
        """Another telephone number."""
        self.telephones[name] = f"+32 2 555 01 {50 + self.edits:02}"
        self.publish()

    def move(self, name: str, to: str) -> None:
        """Another address: the old one redirects there."""
        self.telephones = {to if known == name else known: number for known, number in self.telephones.items()}
        self.other[f"/{name}/"] = redirect(f"{self.site.base}/{to}/")
        self.publish()

    def remove(self, name: str) -> None:
        """Take a house out: its address answers 404."""
        del self.telephones[name]
        self.other[f"/{name}/"] = Answer(b"gone", 404)
        self.publish()

    def add(self, name: str) -> None:
        """A new house."""
        self.telephones[name] = f"+32 2 555 01 {70 + self.edits:02}"
        self.publish()

    def unlink(self, name: str) -> None:
        """Leave a house where it is, and link to it no more."""
        kept = self.telephones.pop(name)
        self.publish()
        self.other[f"/{name}/"] = self.site.answers[f"/{name}/"] = html(entry(name, kept, "none"))

    def publish(self) -> None:
        """Write all pages anew."""
        self.edits += 1
        links = "".join(f'<li><a href="/{name}/">{name.title()} House</a></li>' for name in self.telephones)
        self.site.answers.clear()
        front = f"<title>Guide</title><main><h1>Guide</h1><ul>{links}</ul></main>"
        self.site.answers["/"] = html(front)
        for name, number in self.telephones.items():
            self.site.answers[f"/{name}/"] = html(entry(name, number, f"edit {self.edits}"))
        self.site.answers |= self.other


def entry(name: str, telephone: str, news: str) -> str:
    """The page of a house; `news` is what its sidebar says."""
    house = f"{name.split('-')[0].title()} House"
    return f"""<!doctype html><html lang="en"><title>{house} | Guide</title><main><h1>{house}</h1>
<p><strong>Country:</strong> Belgium</p><p><strong>Organisation name:</strong> {house}</p>
<p><strong>Type of service:</strong> Advice / Shelter</p><p><strong>Tel:</strong> {telephone}</p>
<p>{house} listens to everyone who comes, and asks nobody for papers.</p>
<p>{house} écoute toutes les personnes qui viennent, sans rendez-vous.</p></main>
<aside><h2>News</h2><p>{news}</p><p><a href="/">Guide</a></p></aside>"""
