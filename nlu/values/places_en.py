"""Words that addresses in English are made of (street suffixes and unit designators: USPS Publication 28)."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STREETS = frozenset(
    (
        "street st str avenue ave av road rd drive dr lane ln boulevard blvd court ct place pl way "
        "terrace ter terr circle cir "
        "highway hwy parkway pkwy pky square sq trail trl alley aly crescent cres cr close mews row "
        "gardens gdns grove grv "
        "rise drove broadway plaza plz loop pike turnpike tpke expressway expy freeway fwy route "
        "rte walk path causeway "
        "cswy esplanade esp parade pde quay wharf crossing xing crt chase wynd vale cove cv bend "
        "bnd ridge rdg heights hts hill hl "
        "green grn point pt run trace trce pass park center centre ctr view vw hollow holw mall promenade "
        "circus cross hall approach end salai marg lorong"
    ).split()
)
WEAK_STREETS = frozenset(
    (
        "park center centre ctr view vw hill hl green grn point pt run pass ridge rdg heights hts "
        "cove cv hollow holw vale mall gardens "
        "bend bnd grove grv rise walk path cross crossing cr circus hall square sq plaza plz broadway "
        "chase way pike close row loop approach end"
    ).split()
)
"""Street words that are as often part of a name: the last of a run of them ends the street, not the first."""

ALONE = frozenset("broadway bowery esplanade strand embarcadero piccadilly pall".split())
PREFIXES = frozenset("jalan lorong chemin rue via calle avenida camino rua".split())
HOUSES = frozenset(
    "house court centre center building tower towers mansion mansions hall lodge villa cottage plaza farm manor mill "
    "heights view apartments residency residences chambers barn bakery grange estate centrum".split()
)
HIGHWAYS = frozenset("highway hwy route rte fm cr pr rr sr us county country interstate i business state farm".split())
DIRECTIONS = frozenset(
    "est ouest nord sud n s e w ne nw se sw north south east west northeast northwest southeast southwest".split()
)
UNITS = frozenset(
    "apt apartment unit suite ste flat room rm floor fl building bldg lot space spc trailer trlr "
    "penthouse ph # no level lvl studio "
    "department dept hangar slip pier office".split()
)
CITY_STARTS = frozenset(
    "san santa los las new fort ft saint st ste el la le de del east west north south e w n s "
    "port mount mt lake salt grand great little big upper "
    "lower palm long high cape des baton st. n. s. e. w. royal kansas oklahoma iowa jersey van "
    "lees bear flowery huntingdon detroit columbia cedar "
    "green white red rapid council sioux colorado virginia rocky old corpus spring winter twin falls".split()
)
CITY_ENDS = frozenset(
    "city beach springs falls hills heights park lake lakes haven park rapids bluffs forks vegas "
    "creek rock point valley grove village "
    "angeles francisco york orleans diego antonio jose worth paul louis bay charles island town "
    "twp vy br rouge harbor station wells isle nuys".split()
)

US_STATES: Mapping[str, str] = MappingProxyType(
    dict(
        pair.rsplit(":", 1)
        for pair in (
            "alabama:al|alaska:ak|arizona:az|arkansas:ar|california:ca|colorado:co|connecticut:ct|delaware:de|"
            "district of columbia:dc|florida:fl|"
            "georgia:ga|hawaii:hi|idaho:id|illinois:il|indiana:in|iowa:ia|kansas:ks|kentucky:ky|louisiana:la|"
            "maine:me|maryland:md|massachusetts:ma|"
            "michigan:mi|minnesota:mn|mississippi:ms|missouri:mo|montana:mt|nebraska:ne|nevada:nv|new "
            "hampshire:nh|new jersey:nj|new mexico:nm|"
            "new york:ny|north carolina:nc|north dakota:nd|ohio:oh|oklahoma:ok|oregon:or|pennsylvania:pa|"
            "rhode island:ri|south carolina:sc|"
            "south dakota:sd|tennessee:tn|texas:tx|utah:ut|vermont:vt|virginia:va|washington:wa|west "
            "virginia:wv|wisconsin:wi|wyoming:wy|"
            "puerto rico:pr"
        ).split("|")
    )
)
OTHER_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        name: (code, country)
        for country, pairs in {
            "CA": "alberta:ab|british columbia:bc|manitoba:mb|new brunswick:nb|newfoundland:nl|nova scotia:ns|"
            "ontario:on|prince edward island:pe|"
            "quebec:qc|québec:qc|saskatchewan:sk|yukon:yt|nunavut:nu|northwest territories:nt",
            "AU": "new south wales:nsw|queensland:qld|victoria:vic|tasmania:tas|south australia:sa|western "
            "australia:wa|"
            "northern territory:nt|australian capital territory:act",
            "IN": "andhra pradesh:|assam:|bihar:|chhattisgarh:|goa:|gujarat:|haryana:|himachal pradesh:|jharkhand:|"
            "karnataka:|kerala:|madhya pradesh:|maharashtra:|manipur:|meghalaya:|mizoram:|nagaland:|odisha:|"
            "punjab:|rajasthan:|sikkim:|tamil nadu:|telangana:|tripura:|uttar pradesh:|uttarakhand:|west bengal:",
        }.items()
        for name, code in (pair.rsplit(":", 1) for pair in pairs.split("|"))
    }
)
COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "usa": "US",
        "u.s.a.": "US",
        "u.s.": "US",
        "us": "US",
        "united states": "US",
        "united states of america": "US",
        "america": "US",
        "uk": "GB",
        "u.k.": "GB",
        "united kingdom": "GB",
        "great britain": "GB",
        "england": "GB",
        "scotland": "GB",
        "wales": "GB",
        "northern ireland": "GB",
        "canada": "CA",
        "australia": "AU",
        "new zealand": "NZ",
        "ireland": "IE",
        "jamaica": "JM",
        "india": "IN",
        "singapore": "SG",
        "china": "CN",
        "germany": "DE",
        "france": "FR",
        "spain": "ES",
        "italy": "IT",
        "netherlands": "NL",
        "south africa": "ZA",
        "hong kong": "HK",
    }
)
COUNTIES = frozenset(
    (
        "kent|essex|surrey|cornwall|devon|dorset|norfolk|suffolk|somerset|cumbria|east sussex|west "
        "sussex|merseyside|tyne and wear|"
        "west midlands|greater manchester|greater london|middlesex|co. durham|county durham|rutland|"
        "isle of wight|south yorkshire|"
        "west yorkshire|north yorkshire|avon|cleveland|humberside"
    ).split("|")
)
"""Counties an English address may name after the post town; with those in -shire they are not the city."""
