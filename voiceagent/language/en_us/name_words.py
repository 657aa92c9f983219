"""Words that tell names from ordinary speech."""

from __future__ import annotations

from voiceagent.language.en_us.lexicon import SCALES, TEENS, TENS, UNITS, vocabulary

_NUMBERS = frozenset(
    {"zero", "oh", "hundred", "double", "triple"}
    | UNITS.keys() | TEENS.keys() | TENS.keys() | SCALES.keys()
)  # fmt: skip
NOT_NAMES = _NUMBERS | vocabulary("""
    a about ac address after again air all am an and any are area as asking at back be because
    been book broken but by called calling came can cell city code cold come conditioner
    conditioning could did do does doing don't down email emergency fine first for from furnace
    gate get getting go going gonna good got great had has have having he heat heater heating
    hello help her here hey hi his home hot house how husband i i'd i'll i'm i've if in
    interested is isn't issue it it's just know last leaking like live located looking make
    making me mine moved my name need needs neighbor new no nope not nothing now number of off
    ok okay on or our out over own pardon phone please problem ready right said say she so somebody
    someone something sorry speaking spell spelled spelling still stopped sure surname tell than
    thank thanks that that's the their them then there they this thing things time to today
    tomorrow tonight too trouble trying under unit up urgent us very wait want wanted was we
    we're well were what when where which who why wife with won't working would wrong yeah
    same use using reach text call yep yes you your correct actually both really worth renting owner tenant landlord is's
    name's names person customer agent human real still done available friday monday tuesday
    wednesday thursday saturday sunday maybe always only even also another best better
""")  # noqa: E501
ORDINARY = vocabulary("""
    april angel art baker banks bell berry bill bishop black brooks brown carol cole cook dawn
    day dean don drew earl faith fields fisher ford fox frank gene grace grant graves gray green
    hall heather hill holly hunt hunter iris ivy jack jade joy june king knight lane lee little
    long mark mason may miles mills park parks penny pierce powers price ray reed rice rich rob
    rose ruby sandy stone sue summer virginia ward wells west white will wood woods young
    florence washington cooper butler carpenter gardner knight christian victoria charlotte
    jackson madison austin crystal diego jesus page don ed
""")
"""Names that are also ordinary words; alone they prove little."""
