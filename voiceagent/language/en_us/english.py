"""Whether a sentence is English: what is said in another language cannot be judged here.

There is no dictionary. The small words of a language are a closed list, and a sentence is taken for
English by its own: it has some, and no more of other languages' than of these. Numbers, currencies
and "free of charge" of the languages that callers are likely to ask for are closed lists as well;
one of them is enough.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.dates import MONTH_NUMBERS, WEEKDAYS
from voiceagent.language.en_us.lexicon import TEENS, TENS, UNITS, normal, vocabulary

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")

ENGLISH: Final = frozenset({*WEEKDAYS, *MONTH_NUMBERS, *TEENS, *TENS, *UNITS}) | vocabulary("""
    the you your yours you're you'll you've i i'm i'll i've i'd we we're we'll we've it it's its
    that that's this these those they they're their them is isn't are aren't were be been being
    to of on for and or but not with from at by about before after until than then there there's
    here here's have haven't has hasn't had can can't could couldn't will won't would wouldn't shall
    should may might must do don't does doesn't did didn't let let's get got give take make made
    what what's which who when where why how if because please thank thanks our ours us my
    she he's she's his her anything something nothing everything else any some all each every
    one two three first last next only just still also both other another more most few

    hello hi welcome sorry okay ok yes yeah sure certainly absolutely understood great good perfect
    right alright noted done moment second minute goodbye bye today tonight tomorrow morning
    afternoon evening now soon later again course
    problem note notes name number address code visit price deposit estimate appointment booking
    street avenue road lane drive court boulevard
""")
"""Words of which an English sentence has at least one, and short answers."""

_OTHERS: Final = vocabulary("""
    el la los las un una unos de del que por para con su sus es esta este estan son muy sin pero
    como cuando donde usted ustedes mi tu lo le les se ya si hay fue ser tiene tengo puede puedo
    desde hasta sobre entre aqui hoy manana

    je il elle nous vous ils elles des du au aux ne pas est sont etait sera avec dans sur sous mon
    votre notre vos nos ce cette ces qui quoi ou mais donc bonjour merci demain aujourd'hui
    c'est d'accord l'on j'ai qu'il ca chez moi toi ici oui comme tres aussi leur mes tes ses

    der das dem den ein eine einen einem und ist sind wird werden nicht mit auf bei nach von vom
    zum zur ihr ihre ihnen sie wir ich es sich auch noch schon aber oder wenn dann heute morgen

    gli uno il che di non sono sei abbiamo avete hanno questo questa nella della dello

    o os uma uns umas ao aos dos das nao voce voces ele ela eles isso esse essa sao foi com em pelo

    het een niet wij zij jullie uw naar voor deze geen wordt morgen vandaag

    jest nie tak dla sie od do czy jak ale juz tylko
""") - {"do", "o", "es", "as", "den", "mi", "son", "sin", "con", "le", "si", "di", "sei", "des"}
"""The small words of Spanish, French, German, Italian, Portuguese, Dutch and Polish, without
accents; those that are English or names as well are left out."""

_NUMBERS_OF_OTHERS: Final = vocabulary("""
    uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte
    treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento doscientos trescientos
    quinientos mil millon dolar dolares peso pesos gratis gratuito gratuita descuento reembolso

    deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente
    quarante cinquante soixante cent mille gratuit gratuite gratuitement remise

    eins zwei drei vier funf fuenf sechs sieben acht neun zehn elf zwolf zwoelf zwanzig dreissig
    vierzig funfzig fuenfzig sechzig siebzig achtzig neunzig hundert tausend kostenlos umsonst

    due quattro cinque sette otto nove dieci venti trenta quaranta cinquanta sessanta settanta
    ottanta novanta cento dollari

    dois quatro oito dez vinte trinta quarenta cinquenta sessenta oitenta cem reais desconto

    twee drie vijf zes zeven acht negen tien twintig dertig vijftig honderd duizend

    reservado reservada confirmado confirmada cancelado cancelada agendado agendada pagado pagada

    jeden dwa trzy cztery piec szesc siedem osiem dziewiec dziesiec sto tysiac zlotych darmo
""") - {"once", "cent", "elf", "sever", "mille", "due", "drei", "peso", "sto"}
"""Numbers, money, "free" and "booked" in those languages, which nobody here can read as such."""


class SentenceLanguage(StrEnum):
    """What a sentence's small words say of it. UNCLEAR: it has none, neither ours nor others'."""

    ENGLISH = "english"
    OTHER = "other"
    UNCLEAR = "unclear"


def language_of(sentence: str) -> SentenceLanguage:
    """Whether a sentence is English; one without any words is."""
    found = _WORD.findall(normal(sentence))
    if not found:
        return SentenceLanguage.ENGLISH
    theirs = sum(word in _OTHERS for word in found)
    ours = sum(word in ENGLISH for word in found)
    if (theirs > 0 and theirs >= ours) or not _NUMBERS_OF_OTHERS.isdisjoint(found):
        return SentenceLanguage.OTHER
    return SentenceLanguage.ENGLISH if ours else SentenceLanguage.UNCLEAR
