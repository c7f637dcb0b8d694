"""Listing pages for the benchmarks: a made-up directory of made-up organisations, as large as real pages are (about 65 KB).

Page n is always the same. What surrounds a listing is what themes put there: style sheets, menus, a sidebar, scripts.
"""

from __future__ import annotations

from random import Random

_TOWNS = ("Oldhaven", "Nordkirk", "Saint-Aubert", "Westermoor", "Lindau", "Porto Claro", "Kvistad", "Brezovo")
_KINDS = ("Harbour", "Lantern", "Orchard", "Bridge", "Compass", "Meadow", "Anchor", "Beacon", "Willow", "Quarry")
_BODIES = ("House", "Trust", "Foundation", "Association", "Centre", "Network", "Project", "Circle")
_SERVICES = (
    "Counselling",
    "Legal advice",
    "Housing",
    "Family support",
    "Job coaching",
    "Language courses",
    "Mediation",
)
_LANGUAGES = ("English", "French", "Dutch", "German", "Spanish", "Arabic", "Turkish", "Polish")
# With telephone numbers that are kept free for fiction.
_COUNTRIES = (("Germany", "49 30 23125 0"), ("France", "33 1 99 00 01"), ("United Kingdom", "44 20 7946 01"))
_ENGLISH = (
    "We accompany people who want to leave a violent movement and start again in their own town.",
    "A first talk costs nothing, and nobody has to give a name before we know each other better.",
    "Our team works with families, schools and employers, because nobody changes a life alone.",
    "Every spring we publish what we have learnt, so that other organisations can use it freely.",
    "The house is open on weekdays; outside these hours a volunteer answers the telephone.",
)
_FRENCH = (
    "Nous accompagnons les personnes qui veulent quitter un mouvement violent et recommencer dans leur ville.",
    "Un premier entretien est gratuit, et personne ne doit donner son nom avant de nous connaître mieux.",
    "Notre équipe travaille avec les familles, les écoles et les employeurs, car personne ne change seul sa vie.",
    "Chaque printemps nous publions ce que nous avons appris, afin que d'autres associations puissent s'en servir.",
    "La maison est ouverte en semaine ; en dehors de ces heures, une bénévole répond au téléphone.",
)
_DUTCH = (
    "Wij begeleiden mensen die een gewelddadige beweging willen verlaten en opnieuw willen beginnen in hun eigen stad.",
    "Een eerste gesprek kost niets, en niemand hoeft een naam te noemen voordat we elkaar beter kennen.",
    "Ons team werkt samen met gezinnen, scholen en werkgevers, want niemand verandert zijn leven alleen.",
    "Elk voorjaar publiceren we wat we geleerd hebben, zodat andere verenigingen het vrij kunnen gebruiken.",
    "Het huis is open op werkdagen; buiten deze uren neemt een vrijwilliger de telefoon op.",
)


def page(number: int, total: int) -> bytes:
    """The listing `number` of a directory of `total`."""
    chance = Random(number)
    town = chance.choice(_TOWNS)
    name = f"{chance.choice(_KINDS)} {chance.choice(_BODIES)} {town} {number}"
    country, prefix = chance.choice(_COUNTRIES)
    host = f"{name.split()[0].lower()}{number}.example.org"
    fields = [
        ("Country", country),
        ("Region", town),
        ("Name of the organisation", name),
        ("Type of services", ", ".join(chance.sample(_SERVICES, 3))),
        ("Contact details", _contact(chance, host, prefix, town)),
        ("Languages", ", ".join(chance.sample(_LANGUAGES, 3))),
        ("Type of organisation", chance.choice(("NGO", "Government", "Private", "Academic"))),
        ("Reach", chance.choice(("Local", "Regional", "National", "International"))),
        ("Relations with the police", chance.choice(("None", "Regular meetings with the local police"))),
    ]
    texts = [" ".join(chance.sample(_ENGLISH, 4)), " ".join(chance.sample(_ENGLISH, 4))]
    other = chance.choice((_FRENCH, _DUTCH))
    texts += [" ".join(chance.sample(other, 4)), " ".join(chance.sample(other, 4))]
    main = "\n".join(f"<p><strong>{label}:</strong> {value}</p>" for label, value in fields)
    prose = "\n".join(f"<p>{text}</p>" for text in texts)
    return _theme(name, f"{main}\n<h3>Description</h3>\n{prose}", number, total).encode()


def index(total: int) -> bytes:
    """The page that links to every listing."""
    links = "\n".join(f'<li><a href="/listing/{n}/">Organisation {n}</a></li>' for n in range(total))
    return f"<html><head><title>Directory</title></head><body><main><ul>{links}</ul></main></body></html>".encode()


def _contact(chance: Random, host: str, prefix: str, town: str) -> str:
    return (
        f"{chance.randint(1, 99)} Quay Street, {chance.randint(10000, 79999)} {town}<br>"
        f"Tel: +{prefix} {chance.randint(10, 99)}<br>"
        f'E-mail: <a href="mailto:desk@{host}">desk@{host}</a><br><a href="https://www.{host}/">www.{host}</a>'
    )


def _theme(name: str, content: str, number: int, total: int) -> str:
    style = "\n".join(
        f".wp-block-{n} .inner-{n} > a:hover {{ color: #{n * 4099 % 0xFFFFFF:06x}; margin: {n % 17}px {n % 13}em; "
        f"transition: opacity {n % 9}s ease-in-out; }}"
        for n in range(260)
    )
    menu = "\n".join(
        f'<li id="menu-item-{n}" class="menu-item menu-item-type-post_type menu-item-{n}">'
        f'<a href="https://themes.example/{n}/">Section {n}</a></li>'
        for n in range(48)
    )
    near = [(number * 7 + step * 13) % total for step in range(1, 13)]
    recent = "\n".join(
        f'<li class="recent"><a href="/listing/{n}/">Organisation {n}</a> <span class="post-date">in the directory</span></li>'
        for n in near
    )
    script = "\n".join(f'window.settings["key-{n}"] = {{"url": "/assets/{n}.js", "defer": true}};' for n in range(170))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><title>{name} | The open directory</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/theme.css">
<style>{style}</style>
<script>{script}</script>
</head>
<body class="page-template-default page wp-embed-responsive">
<header class="site-header"><a class="logo" href="/">The open directory</a>
<nav class="main-navigation"><ul class="menu">
{menu}
</ul></nav></header>
<main id="content"><article class="post type-page hentry">
<header class="entry-header"><h1 class="entry-title">{name}</h1></header>
<div class="entry-content">
{content}
</div></article></main>
<aside class="widget-area"><section class="widget"><h2 class="widget-title">Recent</h2><ul>
{recent}
</ul></section></aside>
<footer class="site-footer"><p>The open directory is a project of nobody at all.</p>
<ul class="footer-menu">{menu.replace("menu-item-", "footer-item-")}</ul></footer>
<script>{script.replace("key-", "late-")}</script>
</body></html>
"""
