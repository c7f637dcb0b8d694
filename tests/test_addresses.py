"""Postal addresses as directories print them, from over fifty countries: on one line, and on several."""

from __future__ import annotations

import pytest

from parsers.addresses import find_addresses
from parsers.model import Line

Parts = tuple[str | None, str | None, str | None, str | None]


def lines(text: str) -> list[Line]:
    found, start = [], 0
    for line in text.split("\n"):
        found.append(Line(line, start))
        start += len(line) + 1
    return found


# country; the address as printed; street, postcode, city, region
ADDRESSES: list[tuple[str, str, Parts]] = [
    ("AT", "Am Kanal 3/2/14\n1020 Wien", ("Am Kanal 3/2/14", "1020", "Wien", None)),
    ("AT", "Am Kanal 3, A-6020 Innsbruck, Österreich", ("Am Kanal 3", "6020", "Innsbruck", None)),
    ("AT", "Postfach 12, 4020 Linz", ("Postfach 12", "4020", "Linz", None)),
    (
        "AT",
        "Haus der Jugend, 2. Stock, Top 5, Neugasse 7, 8010 Graz",
        ("Haus der Jugend, 2. Stock, Top 5, Neugasse 7", "8010", "Graz", None),
    ),
    ("AU", "Level 3, 5 Swan Street, Melbourne VIC 3000", ("Level 3, 5 Swan Street", "3000", "Melbourne", "VIC")),
    ("AU", "GPO Box 1234\nSydney NSW 2001\nAustralia", ("GPO Box 1234", "2001", "Sydney", "NSW")),
    ("AU", "12-14 Swan St\nFitzroy, Victoria 3065", ("12-14 Swan St", "3065", "Fitzroy", "Victoria")),
    ("AU", "PO Box 12, Alice Springs, NT, 0870", ("PO Box 12", "0870", "Alice Springs", "NT")),
    ("BE", "Rue du Puits 7 bte 3, B-1000 Bruxelles", ("Rue du Puits 7 bte 3", "1000", "Bruxelles", None)),
    ("BE", "Koningin Lei 12 bus 4\n2000 Antwerpen", ("Koningin Lei 12 bus 4", "2000", "Antwerpen", None)),
    ("BE", "7, rue du Puits - 5000 Namur", ("7, rue du Puits", "5000", "Namur", None)),
    ("BE", "c/o Foyer, avenue Neuve 5/2, 4000 Liège, Belgique", ("c/o Foyer, avenue Neuve 5/2", "4000", "Liège", None)),
    (
        "BR",
        "Rua Nova, 100, sala 5 - Centro\nSão Paulo - SP\nCEP 01310-100",
        ("Rua Nova, 100, sala 5 - Centro", "01310-100", "São Paulo", "SP"),
    ),
    (
        "BR",
        "Av. Nova, 100 – Bairro Alto, Curitiba/PR, 80010-000",
        ("Av. Nova, 100 – Bairro Alto", "80010-000", "Curitiba", "PR"),
    ),
    ("BR", "Caixa Postal 123\n70000-000 Brasília - DF", ("Caixa Postal 123", "70000-000", "Brasília", "DF")),
    ("CA", "123 Swan St W, Suite 400, Toronto, ON M5H 2M9", ("123 Swan St W, Suite 400", "M5H 2M9", "Toronto", "ON")),
    (
        "CA",
        "5, rue Neuve, bureau 200\nMontréal (Québec)  H2J 0A9",
        ("5, rue Neuve, bureau 200", "H2J 0A9", "Montréal", "Québec"),
    ),
    ("CA", "PO Box 55, Station A\nHalifax NS B3J 2L4\nCanada", ("PO Box 55, Station A", "B3J 2L4", "Halifax", "NS")),
    (
        "CA",
        "C.P. 123, succ. Centre-ville, Montréal QC H3C 1A1",
        ("C.P. 123, succ. Centre-ville", "H3C 1A1", "Montréal", "QC"),
    ),
    ("CH", "Seegasse 5, 8001 Zürich", ("Seegasse 5", "8001", "Zürich", None)),
    ("CH", "Case postale 12\n1211 Genève 3", ("Case postale 12", "1211", "Genève 3", None)),
    ("CH", "Via Nuova 5, CH-6900 Lugano", ("Via Nuova 5", "6900", "Lugano", None)),
    ("CH", "Postfach, 3001 Bern", ("Postfach", "3001", "Bern", None)),
    ("CZ", "Nová 123/4, 110 00 Praha 1", ("Nová 123/4", "110 00", "Praha 1", None)),
    ("CZ", "Nová 12\n602 00 Brno-střed", ("Nová 12", "602 00", "Brno-střed", None)),
    ("CZ", "P. O. Box 12\n111 21 Praha 1", ("P. O. Box 12", "111 21", "Praha 1", None)),
    ("DE", "Seestr. 5a, 10115 Berlin", ("Seestr. 5a", "10115", "Berlin", None)),
    (
        "DE",
        "Haus am Ufer e.V.\nSeestraße 5\nD-10115 Berlin",
        ("Haus am Ufer e.V., Seestraße 5", "10115", "Berlin", None),
    ),
    ("DE", "Postfach 10 01 64\n04001 Leipzig", ("Postfach 10 01 64", "04001", "Leipzig", None)),
    (
        "DE",
        "Seestraße 5, Hinterhaus, 3. OG, 60311 Frankfurt am Main, Deutschland",
        ("Seestraße 5, Hinterhaus, 3. OG", "60311", "Frankfurt am Main", None),
    ),
    ("DE", "Am Markt 5 · 99084 Erfurt", ("Am Markt 5", "99084", "Erfurt", None)),
    ("DE", "Am Markt 5 | 99084 Erfurt", ("Am Markt 5", "99084", "Erfurt", None)),
    ("DK", "Nygade 5, 2. th., 1620 København V", ("Nygade 5, 2. th.", "1620", "København V", None)),
    ("DK", "Postboks 12\nDK-8100 Aarhus C", ("Postboks 12", "8100", "Aarhus C", None)),
    ("DK", "c/o Huset\nNygade 12 H\n5000 Odense C", ("c/o Huset, Nygade 12 H", "5000", "Odense C", None)),
    ("ES", "C/ Nueva, 8, 2.º B, 41010 Sevilla", ("C/ Nueva, 8, 2.º B", "41010", "Sevilla", None)),
    ("ES", "Plaza Mayor nº 3, bajo\n28012 Madrid (Madrid)", ("Plaza Mayor nº 3, bajo", "28012", "Madrid", "Madrid")),
    ("ES", "Apartado de Correos 123\n48080 Bilbao", ("Apartado de Correos 123", "48080", "Bilbao", None)),
    ("ES", "Avda. Nueva, s/n. 08001 Barcelona", ("Avda. Nueva, s/n", "08001", "Barcelona", None)),
    ("FI", "Uusikatu 5 A 12, 00100 Helsinki", ("Uusikatu 5 A 12", "00100", "Helsinki", None)),
    ("FI", "PL 123\n00101 Helsinki", ("PL 123", "00101", "Helsinki", None)),
    ("FI", "Nygatan 5\nFI-20100 Åbo", ("Nygatan 5", "20100", "Åbo", None)),
    ("FR", "12 bis, rue du Puits, 75011 Paris", ("12 bis, rue du Puits", "75011", "Paris", None)),
    (
        "FR",
        "Maison des associations\n12, rue du Puits\nBP 55014\n31025 Toulouse Cedex 3",
        ("Maison des associations, 12, rue du Puits, BP 55014", "31025", "Toulouse Cedex 3", None),
    ),
    ("FR", "CS 12345, 69003 Lyon cedex 03", ("CS 12345", "69003", "Lyon cedex 03", None)),
    (
        "FR",
        "Bâtiment B, 5ème étage, 12 av. Neuve - 13001 Marseille - France",
        ("Bâtiment B, 5ème étage, 12 av. Neuve", "13001", "Marseille", None),
    ),
    ("FR", "12 rue Neuve 75011 PARIS", ("12 rue Neuve", "75011", "PARIS", None)),
    ("GB", "12 Quay Street, Leeds, West Yorkshire, LS9 0XX", ("12 Quay Street", "LS9 0XX", "Leeds", "West Yorkshire")),
    (
        "GB",
        "Unit 5, Mill House\nMill Lane\nSt Albans\nHertfordshire\nAL1 1AA",
        ("Unit 5, Mill House, Mill Lane", "AL1 1AA", "St Albans", "Hertfordshire"),
    ),
    ("GB", "PO Box 123\nCardiff\nCF10 1AA", ("PO Box 123", "CF10 1AA", "Cardiff", None)),
    (
        "GB",
        "3rd Floor, 12 Quay Street, London SE1 0AA, United Kingdom",
        ("3rd Floor, 12 Quay Street", "SE1 0AA", "London", None),
    ),
    (
        "GB",
        "12 Quay Street\nLondonderry\nNorthern Ireland\nBT48 0AA",
        ("12 Quay Street", "BT48 0AA", "Londonderry", "Northern Ireland"),
    ),
    ("GR", "Νέα Οδός 5, 105 63 Αθήνα", ("Νέα Οδός 5", "105 63", "Αθήνα", None)),
    ("GR", "Nea Odos 5, 10563 Athens, Greece", ("Nea Odos 5", "10563", "Athens", None)),
    ("GR", "Τ.Θ. 1234\n546 22 Θεσσαλονίκη", ("Τ.Θ. 1234", "546 22", "Θεσσαλονίκη", None)),
    ("HU", "1051 Budapest, Új utca 5. 2. em. 3.", ("Új utca 5. 2. em. 3.", "1051", "Budapest", None)),
    ("HU", "Új utca 5.\nBudapest\n1051", ("Új utca 5.", "1051", "Budapest", None)),
    ("HU", "H-6720 Szeged, Pf. 123", ("Pf. 123", "6720", "Szeged", None)),
    ("IE", "12 Quay Street, Dublin 2, D02 XY45", ("12 Quay Street", "D02 XY45", "Dublin 2", None)),
    (
        "IE",
        "Unit 3\nMain Street\nTralee\nCo. Kerry\nV92 A1B2",
        ("Unit 3, Main Street", "V92 A1B2", "Tralee", "Co. Kerry"),
    ),
    ("IE", "12 Main Street, Ennis, Co. Clare", ("12 Main Street", None, "Ennis", "Co. Clare")),
    (
        "IN",
        "12, New Road, Andheri (West), Mumbai - 400 058",
        ("12, New Road, Andheri (West)", "400 058", "Mumbai", None),
    ),
    (
        "IN",
        "Flat 5, Tower B\nNew Road\nBengaluru 560001\nKarnataka",
        ("Flat 5, Tower B, New Road", "560001", "Bengaluru", "Karnataka"),
    ),
    ("IN", "P.O. Box 12, New Delhi – 110 001, India", ("P.O. Box 12", "110 001", "New Delhi", None)),
    ("IT", "Via Nuova 5, 00100 Roma RM", ("Via Nuova 5", "00100", "Roma", "RM")),
    ("IT", "Piazza Nuova 3/B - 20121 Milano (MI)", ("Piazza Nuova 3/B", "20121", "Milano", "MI")),
    ("IT", "Casella Postale 123\n40100 Bologna BO\nItalia", ("Casella Postale 123", "40100", "Bologna", "BO")),
    (
        "IT",
        "c/o Casa del Popolo, Via Nuova, 5 – I-50100 Firenze",
        ("c/o Casa del Popolo, Via Nuova, 5", "50100", "Firenze", None),
    ),
    ("JP", "〒100-0001 東京都千代田区千代田1-1", ("千代田1-1", "100-0001", "千代田区", "東京都")),
    ("JP", "1-2-3 Shinmachi, Chuo-ku, Osaka 540-0001, Japan", ("1-2-3 Shinmachi", "540-0001", "Chuo-ku", "Osaka")),
    ("JP", "5-1 Shinmachi\nChiyoda-ku, Tokyo 100-0001", ("5-1 Shinmachi", "100-0001", "Chiyoda-ku", "Tokyo")),
    ("LU", "7, rue du Puits, L-1234 Luxembourg", ("7, rue du Puits", "1234", "Luxembourg", None)),
    ("LU", "B.P. 123\nL-2010 Luxembourg", ("B.P. 123", "2010", "Luxembourg", None)),
    ("MA", "22, rue Neuve, 20000 Casablanca", ("22, rue Neuve", "20000", "Casablanca", None)),
    ("MA", "BP 123, Rabat 10000, Maroc", ("BP 123", "10000", "Rabat", None)),
    (
        "MX",
        "Calle Nueva 123, Int. 4, Col. Centro, 44100 Guadalajara, Jalisco",
        ("Calle Nueva 123, Int. 4, Col. Centro", "44100", "Guadalajara", "Jalisco"),
    ),
    (
        "MX",
        "Av. Nueva 55\nCol. Roma Norte\nC.P. 06700\nCiudad de México",
        ("Av. Nueva 55, Col. Roma Norte", "06700", "Ciudad de México", None),
    ),
    (
        "MX",
        "Calle 5 No. 12, Col. Centro, C.P. 97000, Mérida, Yuc.",
        ("Calle 5 No. 12, Col. Centro", "97000", "Mérida", "Yuc."),
    ),
    ("NL", "Wadstraat 9-III, 3512 XK Utrecht", ("Wadstraat 9-III", "3512 XK", "Utrecht", None)),
    ("NL", "Postbus 12\n1000 AA Amsterdam", ("Postbus 12", "1000 AA", "Amsterdam", None)),
    ("NL", "Wadstraat 9 hs\n1012AB Amsterdam\nNederland", ("Wadstraat 9 hs", "1012AB", "Amsterdam", None)),
    ("NO", "Nygata 5, 0150 Oslo", ("Nygata 5", "0150", "Oslo", None)),
    ("NO", "Postboks 123 Sentrum\nNO-0101 Oslo", ("Postboks 123 Sentrum", "0101", "Oslo", None)),
    (
        "NZ",
        "Level 2, 12 Swan Street, Te Aro, Wellington 6011",
        ("Level 2, 12 Swan Street, Te Aro", "6011", "Wellington", None),
    ),
    ("NZ", "PO Box 123\nAuckland 1140\nNew Zealand", ("PO Box 123", "1140", "Auckland", None)),
    ("PL", "ul. Nowa 5/12, 00-001 Warszawa", ("ul. Nowa 5/12", "00-001", "Warszawa", None)),
    ("PL", "skr. poczt. 123\n30-960 Kraków 1", ("skr. poczt. 123", "30-960", "Kraków 1", None)),
    ("PL", "al. Nowa 5 lok. 3\n80-001 Gdańsk\nPolska", ("al. Nowa 5 lok. 3", "80-001", "Gdańsk", None)),
    ("PT", "Rua Nova, 10 - 2.º Esq., 1200-195 Lisboa", ("Rua Nova, 10 - 2.º Esq.", "1200-195", "Lisboa", None)),
    ("PT", "Apartado 123\n4001-901 Porto\nPortugal", ("Apartado 123", "4001-901", "Porto", None)),
    (
        "RO",
        "Str. Nouă nr. 5, bl. A3, sc. 1, ap. 12, 400001 Cluj-Napoca, jud. Cluj",
        ("Str. Nouă nr. 5, bl. A3, sc. 1, ap. 12", "400001", "Cluj-Napoca", "jud. Cluj"),
    ),
    (
        "RO",
        "Strada Nouă nr. 5, sector 1, București, cod poștal 010101",
        ("Strada Nouă nr. 5, sector 1", "010101", "București", None),
    ),
    ("RO", "O.P. 1, C.P. 12\nIași 700001", ("O.P. 1, C.P. 12", "700001", "Iași", None)),
    ("RU", "101000, г. Москва, ул. Новая, д. 5, оф. 12", ("ул. Новая, д. 5, оф. 12", "101000", "Москва", None)),
    ("RU", "ул. Новая, 5\nг. Казань\n420000", ("ул. Новая, 5", "420000", "Казань", None)),
    ("RU", "а/я 123, 190000 Санкт-Петербург", ("а/я 123", "190000", "Санкт-Петербург", None)),
    (
        "RU",
        "Россия, 620000, Свердловская обл., Екатеринбург, ул. Новая, 12",
        ("ул. Новая, 12", "620000", "Екатеринбург", "Свердловская обл."),
    ),
    ("SE", "Nygatan 5, 111 22 Stockholm", ("Nygatan 5", "111 22", "Stockholm", None)),
    ("SE", "Box 123\n401 21 Göteborg", ("Box 123", "401 21", "Göteborg", None)),
    ("SE", "c/o Föreningen\nNygatan 12 B\nSE-211 20 Malmö", ("c/o Föreningen, Nygatan 12 B", "211 20", "Malmö", None)),
    ("TN", "12, rue Neuve, 1002 Tunis", ("12, rue Neuve", "1002", "Tunis", None)),
    ("TN", "BP 55\n3000 Sfax\nTunisie", ("BP 55", "3000", "Sfax", None)),
    (
        "TR",
        "Yeni Mah. Yeni Sok. No: 5/3, 34000 Kadıköy/İstanbul",
        ("Yeni Mah. Yeni Sok. No: 5/3", "34000", "Kadıköy/İstanbul", None),
    ),
    (
        "TR",
        "Yeni Cad. No:12 Kat:2 Daire:5\nÇankaya, Ankara 06500",
        ("Yeni Cad. No:12 Kat:2 Daire:5", "06500", "Çankaya", "Ankara"),
    ),
    ("UA", "вул. Нова, 5, кв. 12, м. Київ, 01001", ("вул. Нова, 5, кв. 12", "01001", "Київ", None)),
    ("UA", "вул. Нова 5\n79000 Львів\nУкраїна", ("вул. Нова 5", "79000", "Львів", None)),
    ("UA", "01001, м. Київ, вул. Нова, 5", ("вул. Нова, 5", "01001", "Київ", None)),
    ("US", "1 Swan Street, Suite 200, Austin, TX 78701", ("1 Swan Street, Suite 200", "78701", "Austin", "TX")),
    ("US", "P.O. Box 123\nSpringfield, Illinois 62701-0123", ("P.O. Box 123", "62701-0123", "Springfield", "Illinois")),
    ("US", "1 Swan St., 3rd Fl., New York, NY 10001 USA", ("1 Swan St., 3rd Fl.", "10001", "New York", "NY")),
    ("US", "One Swan Plaza\nBoston MA 02110", ("One Swan Plaza", "02110", "Boston", "MA")),
    ("US", "1200 W. Swan Ave\nApt 5B\nSt. Paul, MN 55101", ("1200 W. Swan Ave, Apt 5B", "55101", "St. Paul", "MN")),
    ("ZA", "12 Swan Road, Observatory, Cape Town, 7925", ("12 Swan Road, Observatory", "7925", "Cape Town", None)),
    ("ZA", "Private Bag X12\nPretoria\n0001\nSouth Africa", ("Private Bag X12", "0001", "Pretoria", None)),
    ("ZA", "P O Box 123, Durban, 4000, KwaZulu-Natal", ("P O Box 123, Durban", "4000", "KwaZulu-Natal", None)),
    ("IL", "רחוב חדש 5, תל אביב 6100001", ("רחוב חדש 5", "6100001", "תל אביב", None)),
    ("EG", "5 شارع الجديد، القاهرة 11511", ("5 شارع الجديد", "11511", "القاهرة", None)),
    (
        "CN",
        "5 New Road, Chaoyang District, Beijing 100020, China",
        ("5 New Road, Chaoyang District", "100020", "Beijing", None),
    ),
    ("KE", "P.O. Box 123-00100, Nairobi", ("P.O. Box 123", "00100", "Nairobi", None)),
    ("SG", "12 Swan Road #05-01, Singapore 123456", ("12 Swan Road #05-01", "123456", "Singapore", None)),
    (
        "HK",
        "Flat 5, 12/F, Tower A, 12 New Road, Kowloon, Hong Kong",
        ("Flat 5, 12/F, Tower A, 12 New Road", None, "Kowloon", None),
    ),
    ("AE", "P.O. Box 1234, Dubai, UAE", ("P.O. Box 1234", None, "Dubai", None)),
    ("LB", "New Street, Bldg 5, 3rd floor\nBeirut", ("New Street, Bldg 5, 3rd floor", None, "Beirut", None)),
    (
        "AR",
        "Av. Nueva 1234, 5º B\nC1000AAA Ciudad Autónoma de Buenos Aires",
        ("Av. Nueva 1234, 5º B", "C1000AAA", "Ciudad Autónoma de Buenos Aires", None),
    ),
    ("KR", "12 Saegil-ro, Jongno-gu, Seoul 03154", ("12 Saegil-ro", "03154", "Jongno-gu", "Seoul")),
    ("SK", "Nová 5, 811 01 Bratislava", ("Nová 5", "811 01", "Bratislava", None)),
    ("SI", "Nova ulica 5, SI-1000 Ljubljana", ("Nova ulica 5", "1000", "Ljubljana", None)),
    ("HR", "Nova ulica 5, HR-10000 Zagreb", ("Nova ulica 5", "10000", "Zagreb", None)),
    ("RS", "Nova 5, 11000 Beograd", ("Nova 5", "11000", "Beograd", None)),
    ("BG", "ул. Нова 5, 1000 София", ("ул. Нова 5", "1000", "София", None)),
    ("EE", "Uus 5, 10111 Tallinn", ("Uus 5", "10111", "Tallinn", None)),
    ("LV", "Jaunā iela 5-12, Rīga, LV-1010", ("Jaunā iela 5-12", "LV-1010", "Rīga", None)),
    ("LT", "Naujoji g. 5, LT-01100 Vilnius", ("Naujoji g. 5", "01100", "Vilnius", None)),
    ("IS", "Nýjagata 5, 101 Reykjavík", ("Nýjagata 5", "101", "Reykjavík", None)),
    ("PK", "House 5, Street 12, F-7/2, Islamabad 44000", ("House 5, Street 12, F-7/2", "44000", "Islamabad", None)),
    ("BD", "House 5, Road 12, Dhanmondi, Dhaka-1209", ("House 5, Road 12, Dhanmondi", "1209", "Dhaka", None)),
    ("NG", "12 New Road, Ikeja, Lagos 100001", ("12 New Road", "100001", "Ikeja", "Lagos")),
    ("PH", "12 New Street, Makati City 1200, Metro Manila", ("12 New Street", "1200", "Makati City", "Metro Manila")),
    ("ID", "Jl. Baru No. 5, Jakarta Pusat 10110", ("Jl. Baru No. 5", "10110", "Jakarta Pusat", None)),
    ("TH", "12 New Road, Bang Rak, Bangkok 10500", ("12 New Road", "10500", "Bang Rak", "Bangkok")),
    (
        "VN",
        "12 New Street, District 1, Ho Chi Minh City 700000",
        ("12 New Street, District 1", "700000", "Ho Chi Minh City", None),
    ),
    ("JO", "شارع الجديد 5، عمان 11118", ("شارع الجديد 5", "11118", "عمان", None)),
]


@pytest.mark.parametrize(("country", "text", "parts"), ADDRESSES)
def test_address(country: str, text: str, parts: Parts) -> None:
    found, rest = find_addresses(lines(text), country)
    assert [(a.street, a.postcode, a.city, a.region) for a in (match.address for match in found)] == [parts]
    assert (found[0].address.country, rest) == (country, [])


@pytest.mark.parametrize(("country", "text", "parts"), ADDRESSES)
def test_nothing_is_invented(country: str, text: str, parts: Parts) -> None:
    printed = ", ".join(" ".join(line.split()) for line in text.split("\n"))
    (match,), _ = find_addresses(lines(text), country)
    for part in (match.address.street, match.address.postcode, match.address.city, match.address.region):
        assert part is None or all(piece in printed for piece in part.split(", "))


def test_thirty_countries_at_least() -> None:
    assert len({country for country, _, _ in ADDRESSES}) >= 30


@pytest.mark.parametrize(
    "text",
    [
        "Open Monday to Friday 9-17",
        "dal lunedì al venerdì ore 9-13",
        "12 years of experience",
        "Founded in 1998, reformed in 2004",
        "Charity number 1012345",
        "Staff: 12",
        "5 rooms, 12 beds",
        "1200 families a year",
        "Founded in 1990",
        "Since 2004",
        "2019 Annual report",
    ],
)
def test_no_address(text: str) -> None:
    for country in ("GB", "IT", "BE", "US", "AU", None):
        assert find_addresses(lines(text), country)[0] == [], country
