"""What a sentence of a large model may say, and nothing that only the facts may say.

A model supplies no figure, no name and no comparison. In a report all of them are slots, which code fills: a sentence
is refused that has a digit, a number in words, a name, a claim of more or less, an address, or markup. A statement
about pictures has no slots; it may say `nobody` or `all`, which can be seen, but no number, name or accusation.
That is strict on purpose: what is refused is asked for once more, and then left out.
"""

import re
import unicodedata
from collections.abc import Collection

from secondsight.event_words import Language

MOST_CHARACTERS = 300
_SLOT = re.compile(r"\{([a-z_.]+)\}")
_NUMBERS_EN = re.compile(
    r"\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|half|halves|third|"
    r"thirds|quarters?|once|twice|thrice|double[ds]?|triple[ds]?|single|couple|both|no|none|nobody|never|always|all|every|"
    r"percent|per cent|nought|nil|several|most|majority|few)\b",
    re.IGNORECASE,
)
_CLAIMS_EN = re.compile(
    r"\b(more|less|fewer|higher|lower|greater|smaller|better|worse|longer|shorter|faster|slower|rose|risen|rise[sn]?|"
    r"rising|fell|fallen|fall(?:s|ing)? (?:to|by|from)|increas\w*|decreas\w*|declin\w*|grew|grow\w*|drop\w*|"
    r"improv\w*|worsen\w*|record|unchanged|same|stable|up|down|peak\w* at|least|highest|lowest|best ever|worst)\b",
    re.IGNORECASE,
)
_NUMBERS_ZH = re.compile(
    r"[零〇一二三四五六七八九十百千万亿两俩仨半倍]|无人|没有|全部|所有|多数|大多|若干|数个|几"
)
_PLAIN_ZH = re.compile(r"一些|一直|一般|统一|进一步|一致|之一|一同|一并|第一时间")
"""Words with the sign for one that tell no number."""
_CLAIMS_ZH = re.compile(
    r"上升|下降|增加|减少|增长|降低|提高|升高|上涨|下滑|好转|恶化|更|较[多少高低长短]|超过|低于|高于|持平|不变|最[多少高低长短]"
)
_TITLES_ZH = re.compile(r"先生|女士|小姐|师傅|老师|经理|同志|某|嫌疑|小偷|罪犯")
_ACCUSES_EN = re.compile(
    r"\b(mr|mrs|ms|thie(?:f|ves)|criminals?|suspects?|stole|stolen|steal\w*|guilty)\b", re.IGNORECASE
)
_CHARGES_EN = re.compile(
    r"\b(theft\w*|shoplift\w*|rob(?:bed|ber\w*|s)|burglar\w*|crimes?|culprits?|offenders?|perpetrators?|unpaid|"
    r"without paying|illegal\w*|called|named|names?|attack\w*|assault\w*|murder\w*|terroris\w*)\b",
    re.IGNORECASE,
)
_CHARGES_ZH = re.compile(r"偷|盗|窃|抢劫|犯罪|违法|没付|未付|没有付|凶手|袭击|恐怖|名叫|名为|叫做|姓名")
_COUNTS_EN = re.compile(
    r"\b(zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|twice|thrice|couple|"
    r"percent)\b",
    re.IGNORECASE,
)
_COUNTS_ZH = re.compile(r"[零〇二三四五六七八九十百千万亿两俩仨]")
_COUNT_FREE_ZH = re.compile(r"十分|四周|四处|[两四](?:侧|边|旁|肢)|双手|三轮车|百货")
"""Words with the sign of a number that tell how things are, not how many."""
_LETTERED = re.compile(r"T-?shirts?|T恤|V字|U形|X光")
_MARKS = re.compile(r"[<>{}\[\]`|\\@#*_~^$=]|://|www\.|\.(?:com|org|net|cn)\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def slots_of(sentence: str) -> list[str]:
    """Keys of the slots in a sentence, in their order."""
    return _SLOT.findall(sentence)


def refusal(sentence: str, keys: Collection[str], language: Language) -> str | None:
    """Why a sentence is not taken; None for one that is.

    Args:
        keys: of the slots that there are.
    """
    used = slots_of(sentence)
    unknown = next((key for key in used if key not in keys), None)
    if unknown is not None:
        return f"there is no {{{unknown}}}; use only the keys you were given"
    if not used:
        return "a sentence without a slot says nothing that is known; every sentence needs one"
    if len(sentence) > MOST_CHARACTERS:
        return f"a sentence has at most {MOST_CHARACTERS} characters"
    words = _SLOT.sub("\0", sentence)
    if reason := _not_plain(words):
        return reason
    return _refused_en(words) if language == "en" else _refused_zh(words)


def statement_refusal(sentence: str, language: Language) -> str | None:
    """Why a sentence about what pictures show is not taken; None for one that is."""
    if not 1 <= len(sentence) <= MOST_CHARACTERS:
        return f"a sentence has 1 to {MOST_CHARACTERS} characters"
    words = _LETTERED.sub("shirt" if language == "en" else "衣", sentence)
    if reason := _not_plain(words):
        return reason
    words = words if language == "en" else _COUNT_FREE_ZH.sub("", words)
    counts, accused, charged, named = (
        (_COUNTS_EN, _ACCUSES_EN, _CHARGES_EN, _named_en)
        if language == "en"
        else (_COUNTS_ZH, _TITLES_ZH, _CHARGES_ZH, _named_zh)
    )
    if found := counts.search(words):
        return f"a model counts nothing; leave out `{found[0].lower()}`"
    if found := accused.search(words) or charged.search(words):
        return f"nobody is named or accused; leave out `{found[0].lower()}`"
    return named(words)


def _not_plain(words: str) -> str | None:
    """What is wrong with a sentence in any language; its slots are null characters."""
    if any(not character.isprintable() for character in words.replace("\0", "")):
        return "a sentence is plain text on one line"
    if _MARKS.search(words):
        return "a sentence is plain words: no markup, addresses or braces but those of slots"
    if any(unicodedata.category(character).startswith("N") for character in words):
        return "figures come from the facts only; write no digit"
    return None


def _refused_en(words: str) -> str | None:
    if found := _NUMBERS_EN.search(words):
        return f"figures stand in slots only; leave out `{found[0].lower()}`"
    if found := _CLAIMS_EN.search(words):
        return f"comparisons stand in slots only; leave out `{found[0].lower()}`"
    if found := _ACCUSES_EN.search(words):
        return f"nobody is named or accused; leave out `{found[0].lower()}`"
    return _named_en(words)


def _named_en(words: str) -> str | None:
    for word in _WORD.finditer(words):
        before = words[: word.start()].rstrip()
        begins = not before or before[-1] in ".!?:"
        if not word[0].replace("’", "").isascii():
            return "write English words only"
        if word[0][0].isupper() and not begins:
            return "names come from the facts only; write no capital within a sentence"
    return None


def _refused_zh(words: str) -> str | None:
    plain = _PLAIN_ZH.sub("", words)
    if found := _NUMBERS_ZH.search(plain):
        return f"figures stand in slots only; leave out `{found[0]}`"
    if found := _CLAIMS_ZH.search(plain):
        return f"comparisons stand in slots only; leave out `{found[0]}`"
    if found := _TITLES_ZH.search(plain):
        return f"nobody is named or accused; leave out `{found[0]}`"
    return _named_zh(plain)


def _named_zh(words: str) -> str | None:
    if any(character.isascii() and character.isalpha() for character in words):
        return "names come from the facts only; write Chinese words"
    return None
