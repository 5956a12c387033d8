"""The words of the synthetic network: people, places, topics and small talk in six languages.

In the case study: nothing. The invariant: every text that can be built from this page is a valid tweet, far below 280
weighted characters, and each topic keeps to its own words, so that a search for "index" finds databases and not soup.
Real Twitter counted tweets in more than 30 languages, about a third of them English and a sixth Japanese. All names
are invented; addresses point to example.org, which belongs to nobody.
"""

# ruff: noqa: E501 (a table of texts: one row a line)

from __future__ import annotations

from typing import NamedTuple


class Region(NamedTuple):
    """Where people live: ``share`` of the network in per cent, hours from UTC, their language, first and last names."""

    code: str
    share: int
    utc_offset: int
    lang: str
    first: list[str]
    last: list[str]


def _words(text: str) -> list[str]:
    return text.split()


def _lines(text: str) -> list[str]:
    return [part.strip() for part in text.split("/")]


REGIONS = [
    Region("US", 34, -5, "en", _words("emma liam maya noah zoe ethan ruby owen ivy caleb nora felix"),
           _words("carter brooks hayes quinn reyes stone walsh baker wolfe lane frost ellis")),
    Region("BR", 16, -3, "pt", _words("ana bruno carla diego elisa fabio gabi heitor iara joana lucas marina"),
           _words("souza lima rocha alves costa pinto moura dias nunes ramos prado teles")),
    Region("ES", 12, 2, "es", _words("lucia mateo paula hugo elena dario ines pablo nuria raul alba ivan"),
           _words("garcia vega ruiz molina soto campos rey leon blanco cano gil rubio")),
    Region("DE", 10, 2, "de", _words("anna jonas lena paul mia felix ida emil greta oskar lotte max"),
           _words("vogel braun koch wolf berg stein lang busch hahn kraus roth seidel")),
    Region("JP", 15, 9, "ja", _words("sakura:さくら haruto:陽翔 yui:結衣 ren:蓮 hina:陽菜 sota:颯太 mei:芽依 riku:陸 aoi:葵 kaito:海斗"),
           _words("sato:佐藤 suzuki:鈴木 tanaka:田中 ito:伊藤 yamada:山田 mori:森 abe:阿部 kondo:近藤 ueda:上田 ono:小野")),
    Region("IN", 13, 5, "hi", _words("aarav:आरव diya:दिया kabir:कबीर isha:ईशा rohan:रोहन tara:तारा arjun:अर्जुन mira:मीरा dev:देव anya:आन्या"),
           _words("sharma:शर्मा patel:पटेल iyer:अय्यर rao:राव gupta:गुप्ता nair:नायर das:दास mehta:मेहता bose:बोस jain:जैन")),
]  # fmt: skip

STARS = [
    ("LunaVegaMusic", "Luna Vega 🎤"), ("FCAurora", "FC Aurora"), ("OrbitalNews", "Orbital News 🛰️"), ("ChefMarisol", "Chef Marisol"),
    ("MangoBeats", "Mango Beats"), ("DrKeplerTV", "Dr Kepler"), ("NoriNekoJP", "のりねこ 🐱"), ("DataDragon", "The Data Dragon"),
    ("CapitaoGol", "Capitão Gol ⚽"), ("SlowTrains", "Slow Trains 🚆"), ("TheInkwellClub", "The Inkwell Club"), ("MonsoonDesk", "Monsoon Desk"),
]  # fmt: skip
"""(handle, name) of the most followed accounts, the first the most."""

TOPICS = _words("databases python football cooking music space cats trains books weather")
TAGS = {
    "databases": _words("databases sql duckdb"), "python": _words("python programming opensource"),
    "football": _words("football matchday futbol"), "cooking": _words("cooking recipe vegan"),
    "music": _words("music nowplaying livemusic"), "space": _words("space astronomy nasa"),
    "cats": _words("cats catsoftwitter ねこ"), "trains": _words("trains travel slowtravel"),
    "books": _words("books amreading poetry"), "weather": _words("weather climate rain"),
}  # fmt: skip
EMOJI = _words("😀 😂 🎉 🔥 ❤️ 👍🏽 🙏 🚀 🌙 🐈 🍜 ⚽ 🎸 📚 🚆 ☔ 👩‍💻 🇧🇷 🇯🇵 ✨")

SENTENCES: dict[str, dict[str, tuple[list[str], list[str]]]] = {
    "en": {
        "databases": (_lines("the new index/our slow query/a columnar store/the nightly backup/this join order/the write-ahead log/a sharded table/the query planner/our replica/one missing transaction"),
                      _lines("is finally fast after the rewrite/used the wrong partition all week/saved us three servers/fits in memory now/locked the whole table at noon/needs a compound key/beats the cache we built/lost an hour of writes/scans forty million rows/deserves a better benchmark")),
        "python": (_lines("this decorator/the type checker/my asyncio loop/a generator expression/the new release/our test suite/one tiny dataclass/the package lock file/the notebook kernel/a recursive function"),
                   _lines("caught a real bug today/replaced two hundred lines/hangs only on Fridays/reads like plain English/runs in half the time/broke on an empty list/made the review easy/is worth a blog post/leaks file handles/needs an iterator, not a list")),
        "football": (_lines("that free kick/our goalkeeper/the second half/the new striker/this offside call/the away crowd/a ninety-third minute equaliser/the coach/the youth team/the penalty shootout"),
                     _lines("changed the whole match/was pure nerves/deserves a replay/silenced the stadium/will be debated for weeks/kept a clean sheet/won us the derby/looked tired after the break/came off the crossbar/made my evening")),
        "cooking": (_lines("this sourdough/grandma's lentil soup/a proper risotto/the chili oil/my first kimchi/slow-roasted tomatoes/the pancake batter/a pinch of saffron/the noodle broth/leftover rice"),
                    _lines("needs another day in the fridge/tastes better with lemon/took four hours and was worth it/fed six people for almost nothing/wants more garlic & less salt/burned at the edges again/is the best breakfast/goes with everything/smells like my childhood/was gone in ten minutes")),
        "music": (_lines("this bass line/the live album/her new single/the opening chord/that drum solo/a scratched vinyl/the string quartet/the chorus/my old guitar/tonight's encore"),
                  _lines("gives me goosebumps/has been on repeat since Monday/sounds better on headphones/came straight from the nineties/made the whole room sing/needs no lyrics/is a modern classic/went on for nine minutes/got me through the commute/is out of tune & perfect")),
        "space": (_lines("the moon tonight/this comet/the lander/a distant galaxy/the rocket's second stage/Saturn's ring plane/the space telescope/a solar flare/the crew capsule/the Milky Way core"),
                  _lines("is visible without a telescope/sent its first image/looks unreal in infrared/burned for eight minutes/will pass again in eighty years/touched down safely/outshines everything near it/made the radio crackle/reached orbit on the third try/is older than we thought")),
        "cats": (_lines("my cat/the neighbour's kitten/this fluffy menace/our office cat/the old tomcat/a very loud purr/the rescue cat/the cardboard box/my keyboard/the laser pointer"),
                 _lines("won the staring contest/slept through the alarm/knocked the plant over again/judges my code/demands a second dinner/is the real owner of the flat/hid in the laundry <3/learned to open doors/hates video calls/got all the likes")),
        "trains": (_lines("the night train/a two-hour delay/the window seat/the mountain line/this tiny station/the dining car/the regional express/an old timetable/the last connection/the coastal railway"),
                   _lines("was worth every minute/crosses forty bridges/smells of coffee at dawn/left exactly on time/beats flying any day/runs only in summer/follows the river for hours/is full of hikers/got me home at midnight/has the best view in the country")),
        "books": (_lines("this novel/the second chapter/a forgotten poet/the translator/my reading list/the last page/an unreliable narrator/the library sale/her short stories/the footnotes"),
                  _lines("kept me up until three/reads like a letter/deserves a wider audience/made me miss my stop/is longer than my patience/hides a second plot/quotes half of the classics/was better than the film/found me at the right time/ends in the middle of a sentence")),
        "weather": (_lines("the heavy rain/this heat wave/a thick fog/the first snow/the storm front/the pollen count/a cold easterly wind/the sunset/the hail/tonight's forecast"),
                    _lines("arrived two hours early/closed the bridge/broke a fifty-year record/turned the sky orange/cancelled the picnic/makes the city quiet/should pass by morning/flooded the cellar/fools every model/is beautiful from indoors")),
    },
    "pt": {
        "football": (_lines("o gol de falta/a torcida/o clássico de domingo/nosso goleiro/a prorrogação"), _lines("mudou o jogo/me deixou sem voz/ficou na história/foi bonito demais/valeu o ingresso")),
        "cooking": (_lines("o pão de queijo/a feijoada da vó/esse café/o bolo de cenoura/a moqueca"), _lines("ficou perfeito hoje/pede mais pimenta/salvou a segunda-feira/lembra a infância/acabou em cinco minutos")),
        "music": (_lines("essa música/o show de ontem/o violão/a roda de samba/o disco novo"), _lines("não sai da cabeça/arrepiou todo mundo/merece um prêmio/foi até de madrugada/toca o coração")),
        "cats": (_lines("meu gato/a gatinha da vizinha/o gato preto"), _lines("dormiu no teclado/derrubou a planta de novo/manda na casa/quer outro jantar")),
    },
    "es": {
        "football": (_lines("el gol de falta/la afición/el portero/la prórroga/el fichaje nuevo"), _lines("cambió el partido/nos dejó sin voz/fue una locura/merece otra oportunidad/ganó el derbi")),
        "books": (_lines("esta novela/el último capítulo/la poeta olvidada/la biblioteca del barrio/ese ensayo"), _lines("me tuvo despierta hasta las tres/se lee como una carta/merece más lectores/termina a mitad de frase/me cambió la semana")),
        "cooking": (_lines("la tortilla/el gazpacho de mi madre/este arroz/el aceite nuevo/la sopa de ajo"), _lines("quedó perfecta/pide más limón/sabe a verano/duró diez minutos/necesita paciencia")),
        "trains": (_lines("el tren nocturno/la estación pequeña/el regional"), _lines("salió puntual/cruza cuarenta puentes/vale cada minuto/va lleno de excursionistas")),
    },
    "de": {
        "trains": (_lines("der Nachtzug/die Verspätung/der Speisewagen/der Regionalexpress/die Bergstrecke"), _lines("fährt heute pünktlich/war jede Minute wert/riecht nach Kaffee/ist voller Wanderer/hat die schönste Aussicht")),
        "databases": (_lines("der neue Index/die langsame Abfrage/das Backup/der Abfrageplaner/die verteilte Tabelle"), _lines("ist endlich schnell/passt jetzt in den Speicher/hat uns drei Server gespart/sperrt die ganze Tabelle/braucht einen besseren Schlüssel")),
        "weather": (_lines("der Regen/die Hitzewelle/der Nebel/der erste Schnee/das Gewitter"), _lines("kam zwei Stunden zu früh/macht die Stadt ganz still/hat den Keller geflutet/zieht bis morgen vorbei/bricht alle Rekorde")),
        "cats": (_lines("meine Katze/der alte Kater/der Karton"), _lines("hat gewonnen/schläft auf der Tastatur/mag keine Videokonferenzen/will noch ein Abendessen")),
    },
    "ja": {
        "cats": (_lines("うちの猫が/隣の子猫が/黒猫が/保護猫が"), _lines("キーボードの上で寝ている/また植木鉢を倒した/箱から出てこない/ご飯をもう一度ほしがる/今日もかわいい")),
        "cooking": (_lines("今日のラーメンは/母の味噌汁は/新しいカレーは/手作り餃子は"), _lines("最高においしい/四時間かかった/懐かしい味がする/十分でなくなった/もう少し辛くてもいい")),
        "trains": (_lines("夜行列車は/この小さな駅は/海沿いの電車は/始発電車は"), _lines("時間通りに出発した/景色がすばらしい/夏だけ走る/旅の始まりにぴったり/今日も満員だった")),
        "space": (_lines("今夜の月は/流れ星が/宇宙望遠鏡は/彗星が"), _lines("とてもきれいに見える/最初の写真を送ってきた/山の上から見えた/思ったより明るい")),
    },
    "hi": {
        "weather": (_lines("आज की बारिश/यह गर्मी/सुबह का कोहरा/ठंडी हवा"), _lines("बहुत सुंदर है/समय से पहले आ गई/पूरे शहर को शांत कर देती है/कल तक चली जाएगी")),
        "cooking": (_lines("माँ की दाल/गरम चाय/नई बिरयानी/आम का अचार"), _lines("सबसे अच्छी लगती है/बचपन याद दिलाती है/दस मिनट में खत्म हो गई/थोड़ा और मसाला चाहती है")),
        "music": (_lines("यह गाना/नया एल्बम/कल का कार्यक्रम/पुरानी धुन"), _lines("दिल को छू गया/सुबह से सुन रहे हैं/सबको याद है/बार-बार सुनना पड़ेगा")),
        "trains": (_lines("रात की रेल/खिड़की की सीट/पहाड़ी लाइन"), _lines("समय पर चली/सबसे सुंदर नज़ारा देती है/चाय की खुशबू से भरी है")),
    },
}  # fmt: skip
"""Language → topic → (beginnings, ends): a sentence is one of each."""

REPLIES = {
    "en": _lines("totally agree/not so sure about that/thank you for this/where did you read it?/same here/I laughed out loud/could you explain the second part?/this made my day/I was there, it was wild/good question, no idea/please write more about it/wrong, but beautifully said"),
    "pt": _lines("concordo demais/será mesmo?/obrigada por isso/onde você viu?/aqui também/ri alto/conta mais"),
    "es": _lines("totalmente de acuerdo/no lo tengo tan claro/gracias por esto/¿dónde lo leíste?/igual por aquí/qué risa/cuenta más"),
    "de": _lines("sehe ich auch so/da bin ich nicht sicher/danke dafür/wo steht das?/hier genauso/laut gelacht/erzähl mehr"),
    "ja": _lines("ほんとそれ/なるほど/ありがとう/どこで見たの?/うちも同じ/笑った/もっと教えて"),
    "hi": _lines("बिल्कुल सही/पक्का नहीं/धन्यवाद/कहाँ पढ़ा?/यहाँ भी वही/हँसी नहीं रुकी/और बताओ"),
}  # fmt: skip
QUOTES = {
    "en": _lines("this. exactly this/worth reading twice/my thoughts since last week/bookmarking for later/adding my own small disagreement/everyone in my team should see it"),
    "pt": _lines("é isso/vale ler duas vezes/guardando para depois"),
    "es": _lines("justo esto/para leer dos veces/me lo guardo"),
    "de": _lines("genau das/zweimal lesen lohnt sich/merke ich mir"),
    "ja": _lines("まさにこれ/二回読む価値がある/保存した"),
    "hi": _lines("बस यही/दो बार पढ़िए/बाद के लिए रख लिया"),
}  # fmt: skip
MONDAY = _lines(
    "new week, small steps/coffee first, then the world/one page, one mile, one thing at a time/be kind before nine/you only need to start/the list is long and so is the week"
)
FLOOD = _lines(
    "followers for almost nothing, today only/five thousand new fans by tonight/your friends bought already/last chance, really the last one"
)
VIRAL = (
    "I asked the night train's conductor why he whistles at every bridge. He said: so the river knows we are only passing 🌉🚆"
)


class Happening(NamedTuple):
    """A planted trend: its tag, when (share of the whole span in per mille, hour of the day UTC), where, what is said."""

    tag: str
    per_mille: int
    hour: int
    region: str
    sayings: list[str]


HAPPENINGS = [
    Happening("LunarEclipse", 150, 20, "", _lines("the moon is turning copper right now/total shadow in ten minutes/clouds over my whole eclipse/never seen a red moon before/look up, look up")),
    Happening("地震", 300, 3, "JP", _lines("今の揺れは大きかった/みなさん無事ですか/棚から本が落ちた/津波の心配はないそうです/猫が先に気づいた")),
    Happening("FinalAurora", 420, 19, "ES", _lines("qué final, por favor/penaltis otra vez/el portero es un muro/campeones después de treinta años/no puedo mirar")),
    Happening("QuantumToaster", 550, 15, "", _lines("it toasts both sides and neither/did they just launch a toaster for nine hundred dollars/the demo caught fire on stage/I want one, do not judge me/bread is both burned and raw")),
    Happening("CarnavalDeInverno", 700, 22, "BR", _lines("o bloco saiu debaixo de chuva/ninguém dorme hoje/que fantasia é essa/o trio elétrico parou na ponte/a cidade inteira cantando")),
    Happening("MonsoonWatch", 830, 9, "IN", _lines("first clouds over the coast/आखिर बारिश आ गई/trains delayed, nobody minds/the whole street is dancing/chai and thunder")),
    Happening("StreetPiano", 930, 17, "", _lines("a stranger is playing Chopin at the station/somebody find out who she is/two hundred people missed their train/goosebumps on platform nine/play it again")),
]  # fmt: skip
