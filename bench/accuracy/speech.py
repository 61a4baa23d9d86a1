"""`python -m bench speech MODEL`: word error rate of spoken sentences, with a Whisper model of yours (extra `voice`).

English by words, Chinese by signs. The sentences are a folder of recordings, each with what is said in it beside it
(`a.wav`, `a.txt`), or those of the test data of which their projects say it.
"""

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

from bench.common import fixtures
from secondsight.brain import transcribe
from secondsight.config import WhisperVoiceSettings

SAID = {
    "zh-cosyvoice-zero_shot_prompt": "希望你以后能够做的比我还好呦。",
    "zh-cosyvoice-cross_lingual_prompt": (
        "在那之后，完全收购那家公司，因此保持管理层的一致性，利益与即将加入家族的资产保持一致。"
        "这就是我们有时不买下全部的原因。"
    ),
    "zh-rapidasr-short": "欢迎大家来体验达摩院推出的语音识别模型",
}
"""What the projects that publish these recordings say is said in them."""


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of words to put in, take out and exchange that make one text of the other (Levenshtein 1966).

    >>> errors(["how", "many", "people", "fell"], ["how", "many", "purple", "fell", "down"])
    2
    """
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def words_of(text: str) -> list[str]:
    """Words of letters and digits; each Chinese sign by itself.

    >>> words_of("Today, 反应车间?")
    ['today', '反', '应', '车', '间']
    """
    return re.findall(r"[\u3400-\u9fff]|[a-z0-9']+", text.casefold())


def main() -> int:
    """Hear all, print each with its errors, and the rate of each language."""
    parser = argparse.ArgumentParser(prog="python -m bench speech", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of a Whisper model for CTranslate2")
    parser.add_argument(
        "--folder", type=Path, default=fixtures.folder() / "speech", help="of recordings and texts"
    )
    options = parser.parse_args()
    settings = WhisperVoiceSettings(backend="whisper", model=options.model)
    sums: dict[str, list[int]] = {}
    for file in sorted(options.folder.glob("*.wav")):
        beside = file.with_suffix(".txt")
        text = beside.read_text(encoding="utf-8") if beside.is_file() else SAID.get(file.stem)
        begun = time.monotonic()
        heard = transcribe(file, settings)
        took = time.monotonic() - begun
        if text is None:
            print(f"{file.name}: {took:.1f} s  no text to compare with  {heard.text}")
            continue
        said = words_of(text)
        wrong = errors(said, words_of(heard.text))
        language = "zh" if any(word > "\u2e7f" for word in said) else "en"
        total = sums.setdefault(language, [0, 0])
        total[0] += wrong
        total[1] += len(said)
        print(f"{file.name}: {took:.1f} s  {wrong} of {len(said)}  {heard.text}")
    for language, (wrong, count) in sums.items():
        print(f"{language}: {wrong / count:.1%} of {count} wrong")
    return 0
