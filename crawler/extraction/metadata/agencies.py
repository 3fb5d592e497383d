"""News agencies: the table of their names, and how a credit is read by it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.extraction.dates.months import fold_key

# A line an agency: the name as it's usually written (and, after "/", in Cyrillic) = further spellings @ its own hosts.
# What is of two or three Latin letters counts only as it is written here: "Ap" may be a name.
_TABLE = """
AFP / АФП = Agence France-Presse, France-Presse, AFP Deutschland, أ ف ب, ا ف ب, فرانس برس, الفرنسية, الصحافة الفرنسية, Франс Пресс, Франс-Пресс, 法新社 @ afp.com
Reuters / Рейтер = Thomson Reuters, رويترز, Рейтерс, Ройтерз, רויטרס, 路透社 @ reuters.com
AP / Ассошиэйтед Пресс = Associated Press, The Associated Press, AP News, Associated-Press, أسوشيتد برس, اسوشيتد برس, أسوشييتد برس, أ ب, Асошіейтед Прес @ apnews.com, ap.org
dpa / ДПА = DPA, Deutsche Presse-Agentur, dpa-infocom, dpa-AFX, dpa International, د ب أ, الألمانية @ dpa.com
APA = Austria Presse Agentur @ apa.at
Keystone-SDA = Keystone-ATS, SDA, sda, Keystone SDA @ keystone-sda.ch
SID = Sport-Informations-Dienst @ sid.de
epd = Evangelischer Pressedienst @ epd.de
KNA = Katholische Nachrichten-Agentur @ kna.de
EFE = Agencia EFE, EFE Verde, إفي @ efe.com
Europa Press = Europapress @ europapress.es
ANSA = Agenzia ANSA, آكي @ ansa.it
Adnkronos = AdnKronos @ adnkronos.com
Lusa = Agência Lusa @ lusa.pt
Belga = Agence Belga @ belga.be
ANP @ anp.nl
NTB @ ntb.no
TT = TT Nyhetsbyrån @ tt.se
Ritzau @ ritzau.dk
PAP = Polska Agencja Prasowa @ pap.pl
ČTK = CTK, ČTK @ ctk.cz, ceskenoviny.cz
PA Media = Press Association, PA, PA News @ pa.media
UPI = United Press International @ upi.com
Bloomberg = Bloomberg News, Блумберг, بلومبرغ @ bloomberg.com
AAP = Australian Associated Press @ aap.com.au
Xinhua / Синьхуа = Xinhua News, شينخوا, 新华社, 新華社 @ xinhuanet.com, news.cn
Kyodo = Kyodo News, 共同通信 @ kyodonews.net, kyodonews.jp
Yonhap = 연합뉴스 @ yna.co.kr
PTI = Press Trust of India @ ptinews.com
ANI = Asian News International @ aninews.in
IANS = Indo-Asian News Service @ ians.in
APP = Associated Press of Pakistan @ app.com.pk
Anadolu = Anadolu Ajansı, Anadolu Agency, AA, Агентство Анадолу, Анадолу, الأناضول, اناضول, آناتولی @ aa.com.tr
DHA = Demirören Haber Ajansı @ dha.com.tr
İHA = İhlas Haber Ajansı @ iha.com.tr
ANKA = ANKA Haber Ajansı @ ankahaber.net
ANF = Firat News, ANF News @ anfnews.com, firatnews.com
Hawar / Хавар = ANHA, Hawar News, هاوار @ hawarnews.com, anha.info
North Press = نورث برس @ npasyria.com
SANA / САНА = سانا, Syrian Arab News Agency, العربية السورية للأنباء @ sana.sy
WAFA / ВАФА = وفا, Palestine News and Information Agency @ wafa.ps
Ma'an = معا الإخبارية @ maannews.net
Shehab = شهاب @ shehabnews.com
Safa = صفا @ safa.ps
NNA = National News Agency Lebanon, الوطنية للإعلام @ nna-leb.gov.lb
INA = Iraqi News Agency, واع, الأنباء العراقية @ ina.iq
Shafaq = Shafaq News, شفق نيوز @ shafaq.com
Saba = Saba News, سبأ @ saba.ye, sabanew.net
SUNA = Sudan News Agency, سونا @ suna-sd.net
MENA = Middle East News Agency, أ ش أ, أنباء الشرق الأوسط @ mena.org.eg
Petra = بترا @ petra.gov.jo
SPA = Saudi Press Agency, واس @ spa.gov.sa
WAM = Emirates News Agency, وام @ wam.ae
QNA = Qatar News Agency, قنا @ qna.org.qa
LANA = Libyan News Agency, وال @ lana.gov.ly
APS = Algérie Presse Service @ aps.dz
TAP = Tunis Afrique Presse @ tap.info.tn
MAP = Maghreb Arabe Presse @ map.ma
IRNA = إرنا, ارنا, ایرنا @ irna.ir
ISNA = ایسنا @ isna.ir
Tasnim = تسنیم, تسنيم @ tasnimnews.com
Fars = Fars News, فارس نیوز @ farsnews.ir
Mehr = Mehr News, مهر نیوز @ mehrnews.com
Pajhwok = پژواک @ pajhwok.com
SONNA = Somali National News Agency @ sonna.so
ENA = Ethiopian News Agency @ ena.et
PANA = Panapress @ panapress.com
TASS / ТАСС = Itar-Tass, ИТАР-ТАСС, تاس @ tass.ru, tass.com
RIA Novosti / РИА Новости = RIA, РИА, نوفوستي @ ria.ru
Interfax / Интерфакс = Interfax.ru, Інтерфакс, إنترفاكس @ interfax.ru, interfax.com
Interfax-Ukraine / Интерфакс-Украина = Interfax Ukraine, Інтерфакс-Україна @ interfax.com.ua
Ukrinform / Укрінформ = Укринформ, UKRINFORM @ ukrinform.ua, ukrinform.net, ukrinform.ru
UNIAN / УНІАН = УНИАН @ unian.ua, unian.net, unian.info
UNN / УНН = Українські Національні Новини @ unn.ua
RBC-Ukraine / РБК-Україна = РБК-Украина @ rbc.ua
Sputnik / Спутник = سبوتنيك @ sputniknews.com
BelTA / БелТА = БЕЛТА @ belta.by
Agencies = News Agencies, Wire services, Wires, Agency, Wire reports
Agenturen = Nachrichtenagenturen
Agences = avec agences
Agencias = con agencias
Ajanslar = Haber Ajansları
وكالات = الوكالات, وكالات الأنباء, مواقع ووكالات
агентства = Агентства, информагентства
"""  # fmt: skip
# Said before or after an agency's name.
_PLAIN = re.compile(
    r"^(?:via|with|avec|con|mit|from|the|nachrichtenagentur|agence(?: de presse)?|agencia|agenzia|агентство|информагентство"
    r"|новости|وكالة(?: الأنباء| أنباء)?|ووكالة|news agency)\s+|\s+(?:news agency|agency|haber ajans[ıi]|للأنباء|agentur)$",
    re.IGNORECASE,
)
_APART = re.compile(r"\s*(?:[/,،;+&|•·]|\s(?:and|und|et|y|ve|и|та|і|و|with|mit|avec|con)\s|\s[-–—]\s)\s*")
# "Source: AFP", as a line of its own or in an element.
_LABEL = re.compile(
    r"^\W*(?:sources?|quellen?|fuentes?|fonte|bron|kaynak|источники?|джерел[оа]|المصدر|مصدر|منبع)\s*[:：]\s*",
    re.IGNORECASE,
)
_LONGEST_LINE, _LONGEST_NAME = 90, 80


def _read_table(table: str) -> tuple[dict[str, str], frozenset[str], dict[str, tuple[str, ...]]]:
    """Return name by key, the short spellings as they must be written, and hosts by name."""
    names: dict[str, str] = {}
    short: set[str] = set()
    hosts: dict[str, tuple[str, ...]] = {}
    for line in table.strip().splitlines():
        said, _, host = line.partition(" @ ")
        usual, _, others = said.partition(" = ")
        latin, _, cyrillic = usual.partition(" / ")
        for spelling in (latin, *filter(None, [cyrillic]), *filter(None, others.split(", "))):
            is_cyrillic = bool(re.search("[\u0400-\u04ff]", spelling))
            names[fold_key(spelling)] = (cyrillic or latin) if is_cyrillic else latin
            short |= {spelling} if len(fold_key(spelling)) <= 3 else set()
        for name in filter(None, (latin, cyrillic)):
            hosts[name] = tuple(filter(None, host.split(", ")))
    return names, frozenset(short), hosts


_NAMES, _SHORT, _HOSTS = _read_table(_TABLE)


def agency_named(text: str) -> str | None:
    """Return the agency that `text` is a spelling of ("أ.ف.ب" → "AFP", "Itar-Tass" → "TASS"), or None."""
    if len(text) > _LONGEST_NAME:
        return None
    text = text.strip(" \t-–—:,.;*•()[]")
    for said in (text, _PLAIN.sub("", text)):
        key = fold_key(said)
        if key in _NAMES and (len(key) > 3 or not said.isascii() or said in _SHORT):
            return _NAMES[key]
    return None


def agencies_in(credit: str) -> list[str]:
    """Return the agencies in a credit ("dpa/AFP", "Al Watch, Agencies"), once each, in its order."""
    whole = agency_named(credit)
    if whole:
        return [whole]
    found = (agency_named(part) for part in _APART.split(credit[:200]))
    return list(dict.fromkeys(name for name in found if name))


def sourced_agencies(text: str) -> list[str]:
    """Return the agencies in a line like "Source: AFP" or "المصدر: وكالات"; none where it has no such label."""
    label = _LABEL.match(text[:_LONGEST_LINE])
    return agencies_in(text[label.end() : _LONGEST_LINE * 2]) if label else []


def others(found: Iterable[str], url: str, sites: Iterable[str]) -> list[str]:
    """Return the agencies in `found` that the outlet at `url`, with the names `sites`, is not itself."""
    found = tuple(found)
    if not found:
        return []
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    sites = tuple(sites)
    own = {name for name in map(agency_named, sites) if name}
    keys = {fold_key(site) for site in sites}
    return [
        name
        for name in dict.fromkeys(found)
        if name not in own
        and fold_key(name) not in keys
        and not any(f".{host}".endswith(f".{its}") for its in _HOSTS.get(name, ()))
    ]
