"""The gate, on a fictional site that is read by the project's own parser: refreshes with ordinary churn, and refreshes of a
site that something has happened to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from math import comb
from pathlib import Path

import pytest

from releases.findings import Finding
from releases.gate.judge import gate, tail
from sources.source import Expectation
from tests.synthetic import SECTIONS, Look, Org, churned, directory, organisation, released, source

Damage = Callable[[list[Org]], tuple[list[Org], Look]]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a directory of 24 listings, as its last release has them."""
    return released(tmp_path_factory.mktemp("before"), 0, directory(24))


def errors(findings: list[Finding]) -> list[str | None]:
    return [finding.cause for finding in findings if finding.severity == "error"]


@pytest.mark.parametrize(("size", "seed"), [(10, 1), (10, 2), (12, 3), (20, 4)])
def test_ordinary_churn_holds_nothing(tmp_path: Path, size: int, seed: int) -> None:
    """Five refreshes each of four directories: each is compared with the one before, with what went before it as its history."""
    rng = random.Random(seed)
    orgs = directory(size, seed)
    history = [released(tmp_path, 0, orgs)]
    for week in range(1, 6):
        orgs = churned(orgs, rng, range(100 * week, 100 * week + rng.randint(0, 1 + size // 12)))
        now = released(tmp_path, week, orgs)
        assert gate(now, source(), history[-1], history[:-1]) == [], week
        history.append(now)


def labels(**names: str) -> Look:
    return Look({label.replace("_", " "): name for label, name in names.items()})


def without(*fields: str) -> Damage:
    return lambda orgs: (
        [replace(o, fields={k: v for k, v in o.fields.items() if k not in fields}) for o in orgs],
        Look(),
    )


def values(change: Callable[[str, str], str]) -> Damage:
    return lambda orgs: (
        [replace(o, fields={label: change(label, value) for label, value in o.fields.items()}) for o in orgs],
        Look(),
    )


def texts(change: Callable[[dict[str, list[str]]], dict[str, list[str]]]) -> Damage:
    return lambda orgs: ([replace(o, texts=change(o.texts)) for o in orgs], Look())


def page(html: str) -> Look:
    return Look(page=lambda _, org: html.format(org=org))


LOGIN = "<!DOCTYPE html><title>Members</title><main><h1>Welcome back</h1><p>User name</p><p>Password</p><p>Forgotten?</p></main>"
ROBOT = "<!DOCTYPE html><title>Just a moment</title><main><p>Checking your browser before you go on. Verify you are human.</p><p>{org.path}</p></main>"
ERROR = "<!DOCTYPE html><title>Error</title><main><p>The service is down for maintenance until Tuesday.</p></main>"
PLAIN = "<!DOCTYPE html><title>Hello</title><meta name=request content={org.path}><main><p>Our new site opens in spring.</p></main>"
WALLED = (
    "<!DOCTYPE html><title>Members</title><meta name=request content={org.path}><main><h1>Welcome</h1><p><strong>Country:</strong> United Kingdom</p>"
    "<p><strong>Contact details:</strong> Tel 020 7946 0999</p><p><strong>Languages:</strong> English</p>"
    "<p>Please log in with your password to see more than this of the members of our network.</p></main>"
)
PROSE = "<!DOCTYPE html><title>{org.name}</title><main><h1>{org.name}</h1><p>{org.name} is in the region.</p><p>Call us.</p></main>"


def seeking_help(orgs: list[Org]) -> tuple[list[Org], Look]:
    """Number and address for everybody are printed for those who seek help, and the other way round."""
    one, two = "Contact Details", "Contact for those Seeking Help"
    return [
        replace(o, fields=o.fields | {one: o.fields[two], two: o.fields[one]}) if two in o.fields else o for o in orgs
    ], Look()


def news(orgs: list[Org]) -> tuple[list[Org], Look]:
    fresh = directory(len(orgs), seed=99)
    return [
        replace(o, texts=o.texts | {"en": o.texts["en"] + 3 * f.texts["en"]}) for o, f in zip(orgs, fresh, strict=True)
    ], Look()


def doubled(orgs: list[Org]) -> tuple[list[Org], Look]:
    return [*orgs, *(replace(o, path=f"print/{o.path}") for o in orgs)], Look(
        page=lambda html, org: f"{html}<!-- {org.path} -->"
    )


def strangers(orgs: list[Org]) -> tuple[list[Org], Look]:
    news = [
        Org(
            f"shop/{n}/",
            f"Mug {n}",
            {"Phone": f"020 7946 09{n:02}", "Email": f"mug{n}@shop.example", "Website": f"https://shop.example/{n}"},
            {},
        )
        for n in range(20)
    ]
    return [*orgs, *news], Look(
        page=lambda html, org: (
            html.replace("<p><strong>Organization Name:", "<p hidden><strong>Name:") if org in news else html
        )
    )


def others(orgs: list[Org], what: str) -> tuple[list[Org], Look]:
    """Each page has the contacts, or the texts, of the one three places on."""
    pairs = zip(orgs, orgs[3:] + orgs[:3], strict=True)
    if what == "texts":
        return [replace(o, texts=other.texts) for o, other in pairs], Look()
    return [
        replace(o, fields=o.fields | {"Contact Details": other.fields["Contact Details"]}) for o, other in pairs
    ], Look()


DAMAGES: dict[str, tuple[str, Damage]] = {
    "a label renamed to one that nobody knows": (
        "renamed-label",
        lambda orgs: (orgs, labels(Reachout_Capacity="Compass")),
    ),
    "a label dropped": ("dropped-label", without("Type of Organization")),
    "a label that nobody knows renamed on the few pages that have it": (
        "renamed-label",
        lambda orgs: (orgs, labels(Mascot="Pet")),
    ),
    "a template without labels, read no more": ("changed-template", lambda orgs: (orgs, page(PROSE))),
    "a template with other labels and no values": (
        "changed-template",
        lambda orgs: (
            [
                replace(o, fields={k: v for k, v in o.fields.items() if k in ("Country", "Region", "Languages")})
                for o in orgs
            ],
            Look(),
        ),
    ),
    "a login wall": ("login-wall", lambda orgs: (orgs, page(LOGIN))),
    "a login wall that reads like a listing": ("login-wall", lambda orgs: (orgs, page(WALLED))),
    "a check for robots": ("robot-wall", lambda orgs: (orgs, page(ROBOT))),
    "an error page": ("error-page", lambda orgs: (orgs, page(ERROR))),
    "one page at every address": ("same-page", lambda orgs: (orgs, page(PLAIN))),
    "a lost category": (
        "lost-category",
        lambda orgs: ([o for o in orgs if not o.path.startswith(SECTIONS[2])], Look()),
    ),
    "half of the pages no longer found": ("lost-pages", lambda orgs: (orgs[::2] + orgs[1:6:2], Look())),
    "other addresses": ("moved-listings", lambda orgs: ([replace(o, path=f"new/{o.path}") for o in orgs], Look())),
    "every listing twice": ("doubled-listings", doubled),
    "other pages read as listings": ("strange-listings", strangers),
    "UTF-8 read as Latin-1": (
        "broken-letters",
        lambda orgs: (
            [replace(o, fields=o.fields | {"Region": "Orléans"}) for o in orgs],
            Look(body=lambda body, _: body.decode().encode("utf-8").decode("latin-1").encode("utf-8")),
        ),
    ),
    "a language gone": ("lost-language", texts(lambda texts: {"en": texts["en"]})),
    "texts cut": ("cut-text", texts(lambda texts: {k: [v[0][:70] + " …"] for k, v in texts.items()})),
    "news read into every text": ("swollen-text", news),
    "one number for all": (
        "repeated-values",
        values(
            lambda label, value: (
                "Tel 020 7946 0990\n" + value.split("\n", 1)[1] if label == "Contact Details" else value
            )
        ),
    ),
    "hidden e-mail addresses": (
        "hidden-values",
        values(
            lambda label, value: "\n".join("[email protected]" if "@" in line else line for line in value.split("\n"))
        ),
    ),
    "values that load later": (
        "blank-values",
        values(lambda label, value: "" if label in ("Languages", "Mascot") else value),
    ),
    "countries in a form that nobody reads": (
        "unread-values",
        values(lambda label, value: f"№{len(value)}" if label == "Country" else value),
    ),
    "contacts under each other's label": ("swapped-values", seeking_help),
    "contacts of other organisations": ("mixed-listings", lambda orgs: others(orgs, "fields")),
    "texts of other organisations": ("mixed-listings", lambda orgs: others(orgs, "texts")),
    "one reach for all": (
        "repeated-values",
        values(lambda label, value: "Local" if label == "Reachout Capacity" else value),
    ),
    "a placeholder for every region": (
        "repeated-values",
        values(lambda label, value: "To be announced" if label == "Region" else value),
    ),
    "escaped twice": (
        "broken-letters",
        lambda orgs: (orgs, Look(page=lambda html, _: html.replace("The ", "The &amp;nbsp;"))),
    ),
    "the site's name added to every name": (
        "changed-values",
        lambda orgs: ([replace(o, name=f"{o.name} of the Northern Directory") for o in orgs], Look()),
    ),
}


SMALL_TOO = (
    *("a label renamed to one that nobody knows", "a label dropped", "a template without labels, read no more"),
    *("a login wall", "an error page", "one page at every address", "other addresses", "every listing twice"),
    *("a language gone", "texts cut", "hidden e-mail addresses", "countries in a form that nobody reads"),
    *("contacts of other organisations", "texts of other organisations", "one reach for all"),
)
"""What can be told of a directory of ten, too."""
LARGE_TOO = (
    *("a label renamed to one that nobody knows", "a label that nobody knows renamed on the few pages that have it"),
    *("a label dropped", "a login wall", "a lost category", "one number for all", "texts cut"),
    *("contacts of other organisations", "one reach for all", "escaped twice"),
)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A directory of ninety with four releases, between which hardly anything changed."""
    orgs, folder = directory(90), tmp_path_factory.mktemp("quiet")
    return [released(folder, week, orgs[: 87 + week]) for week in range(4)]


@pytest.mark.parametrize("what", SMALL_TOO)
def test_damage_to_a_small_directory_is_told_at_its_second_release(tmp_path: Path, what: str) -> None:
    cause, damage = DAMAGES[what]
    orgs, look = damage(directory(10))
    before = released(tmp_path, 0, directory(10))
    assert errors(gate(released(tmp_path, 1, orgs, look), source(), before)) == [cause]


@pytest.mark.parametrize("what", LARGE_TOO)
def test_damage_to_a_large_directory_is_told_after_quiet_years(quiet: list[Path], tmp_path: Path, what: str) -> None:
    cause, damage = DAMAGES[what]
    orgs, look = damage(directory(90))
    assert errors(gate(released(tmp_path, 9, orgs, look), source(), quiet[-1], quiet[:-1])) == [cause]


def ordered(orgs: list[Org]) -> tuple[list[Org], Look]:
    return [
        replace(o, fields=dict(sorted(o.fields.items(), key=lambda item: (len(o.name) * len(item[0])) % 7)))
        for o in orgs
    ], Look()


CHURNS: dict[str, Damage] = {
    "a notice on every page": lambda orgs: (
        orgs,
        Look(extra="<p>The office is closed on the first of May. From the second of May you can call us again.</p>"),
    ),
    "a label more": lambda orgs: (
        [
            replace(o, fields=o.fields | {"Opening hours": f"Monday to Friday, {n % 4 + 8} to 17"})
            for n, o in enumerate(orgs)
        ],
        Look(),
    ),
    "fields in another order": ordered,
    "labels in capitals": lambda orgs: (orgs, Look({label: label.upper() for o in orgs for label in o.fields})),
    "blanks and dashes of a typographer": lambda orgs: (
        orgs,
        Look(page=lambda html, _: html.replace("Tel 020", "Tel\u00a0020").replace(" – ", "\u00a0— ")),
    ),
    "numbers in another form": values(lambda _, value: value.replace("Tel 020 7946", "Tel +44 (0)20 7946")),
    "half as many again": lambda orgs: (
        [*orgs, *(organisation(random.Random(n), 900 + n) for n in range(len(orgs) // 2))],
        Look(),
    ),
    "websites by www": values(lambda _, value: value.replace("https://", "https://www.")),
    "news at the side": lambda orgs: (
        orgs,
        Look(
            page=lambda html, org: html.replace(
                "</main>", f"</main><aside><h2>News</h2><p>{org.name[:5]} went to the fair.</p></aside>"
            )
        ),
    ),
    "other markup": lambda orgs: (
        orgs,
        Look(page=lambda html, _: html.replace("<p><strong>", "<div class=row><strong>")),
    ),
}


@pytest.mark.parametrize("what", CHURNS)
def test_what_sites_do_without_harm_holds_nothing(before: Path, quiet: list[Path], tmp_path: Path, what: str) -> None:
    """A small directory at its second release, and a large one after quiet years."""
    for size, last, earlier in ((24, before, []), (90, quiet[-1], quiet[:-1])):
        orgs, look = CHURNS[what](directory(size))
        assert errors(gate(released(tmp_path / str(size), 9, orgs, look), source(), last, earlier)) == []


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_held_and_its_cause_named(before: Path, tmp_path: Path, what: str) -> None:
    cause, damage = DAMAGES[what]
    orgs, look = damage(directory(24))
    findings = gate(released(tmp_path, 1, orgs, look), source(), before)
    assert errors(findings) == [cause], findings
    for finding in findings:
        assert finding.what and finding.advice and finding.where


def test_pages_that_are_gone_did_not_come(before: Path, tmp_path: Path) -> None:
    orgs = directory(24)
    now = released(tmp_path, 1, orgs[:12], gone=[org.path for org in orgs[12:]])
    assert errors(gate(now, source(), before)) == ["lost-pages"]


def test_a_wall_that_all_addresses_lead_to_is_told_among_pages_that_are_gone(before: Path, tmp_path: Path) -> None:
    """Each address redirects to one page that asks for a password; of the old pages, and of hundreds of older ones, nothing came."""
    gone = [*(org.path for org in directory(24)), *(f"a/{n}/" for n in range(450))]
    now = released(tmp_path, 1, [], others={"login/": LOGIN.encode()}, gone=gone)
    assert errors(gate(now, source(), before)) == ["login-wall"]


def test_a_renamed_label_is_told_with_its_shares_and_what_to_write(before: Path, tmp_path: Path) -> None:
    (finding,) = gate(released(tmp_path, 1, directory(24), labels(Reachout_Capacity="Compass")), source(), before)
    assert finding.what == "'Reachout Capacity' was on 100 % of pages and is on none; 'Compass' is on 100 %: renamed?"
    assert '`labels: {"Compass": reach}`' in finding.advice


def test_a_renamed_label_that_is_understood_holds_nothing_and_is_told(before: Path, tmp_path: Path) -> None:
    (finding,) = gate(released(tmp_path, 1, directory(24), labels(Languages="Languages spoken")), source(), before)
    assert (finding.severity, finding.cause) == ("warning", "renamed-label")


def test_what_was_lost_once_is_lost_again_without_being_held(tmp_path: Path) -> None:
    """A third of the listings goes every month: the first time it is held, then it is known."""
    orgs = directory(36)
    kept = [[o for n, o in enumerate(orgs) if (n // 6 + month) % 3] for month in (0, 1, 2)]
    history = [released(tmp_path, week, month) for week, month in enumerate(kept)]
    assert errors(gate(history[1], source(), history[0])) == ["lost-pages"]
    assert errors(gate(history[2], source(), history[1], history[:1])) == []


def test_what_was_renamed_once_is_held_when_it_is_renamed_again(tmp_path: Path) -> None:
    names = ("Reachout Capacity", "Compass", "Horizon")
    history = [released(tmp_path, n, directory(12), labels(Reachout_Capacity=name)) for n, name in enumerate(names)]
    assert errors(gate(history[2], source(), history[1], history[:1])) == ["renamed-label"]


def test_the_source_may_say_what_to_expect(before: Path, tmp_path: Path) -> None:
    orgs, look = without("Languages")(directory(24)[:14])
    now = released(tmp_path, 1, orgs, look)
    assert errors(gate(now, source(), before)) == ["lost-pages", "dropped-label"]
    settled = source(expect=Expectation(drop=0.5))
    assert errors(gate(now, settled, before)) == ["dropped-label"]


@pytest.mark.parametrize(
    ("lost", "had", "rate"), [(4, 4, 0.05), (5, 10, 0.03), (30, 100, 0.1), (700, 1000, 0.5), (2, 50, 0.05)]
)
def test_the_tail_is_that_of_the_binomial_distribution(lost: int, had: int, rate: float) -> None:
    exact = sum(comb(had, k) * rate**k * (1 - rate) ** (had - k) for k in range(lost, had + 1))
    assert tail(lost, had, rate) == pytest.approx(exact if lost > had * rate else 1.0, rel=1e-9)


def test_what_all_had_may_be_called_something_else(tmp_path: Path) -> None:
    """One value that all listings share, and another: nothing of theirs is lost."""
    then, now = (
        [replace(o, fields=o.fields | {"Reachout Capacity": reach}) for o in directory(24)]
        for reach in ("Local", "National")
    )
    last = released(tmp_path / "then", 0, then)
    assert errors(gate(released(tmp_path / "now", 1, now), source(), last)) == []
    apart = [
        replace(o, fields=o.fields | {"Reachout Capacity": ("Local", "Regional")[n % 2]})
        for n, o in enumerate(directory(24))
    ]
    last = released(tmp_path / "apart", 0, apart)
    assert errors(gate(released(tmp_path / "alike", 1, now), source(), last)) == ["repeated-values"]
