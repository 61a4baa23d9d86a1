"""Token probabilities as an OpenAI-compatible server writes them, for texts cut into tokens by hand."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tests.servers.brain_behaviours import Behaviour, completion, verdict_text


def token(text: str, probability: float, others: Mapping[str, float]) -> dict[str, Any]:
    """One token, listed among its alternatives, the most probable first."""
    listed = sorted({text: probability, **others}.items(), key=lambda pair: -pair[1])
    return {**_entry(text, probability), "top_logprobs": [_entry(*pair) for pair in listed]}


def spelled(
    content: str, key: str, pieces: Sequence[str], others: Mapping[str, float], probability: float
) -> dict[str, Any]:
    """`logprobs` of a choice: the value of `key` in `content` is written in `pieces`, of which the first one that
    holds a letter has this probability and these alternatives; all before and all after is one token each.
    """
    start = content.index(f'"{key}":') + len(key) + 3
    end = start + len("".join(pieces))
    assert content[start:end] == "".join(pieces)
    deciding = next(index for index, piece in enumerate(pieces) if any(c.isalpha() for c in piece))
    middle = [
        token(piece, probability, others) if index == deciding else token(piece, 1.0, {})
        for index, piece in enumerate(pieces)
    ]
    return {"content": [token(content[:start], 1.0, {}), *middle, token(content[end:], 1.0, {})]}


def likely(decision: str, probability: float, others: Mapping[str, float], **changes: Any) -> Behaviour:
    """A good answer with token probabilities for those who ask for them, the word being a token of its own."""

    def behave(request: Any, connection: Any) -> None:
        text = verdict_text(request, decision, **changes)
        key, word = next(iter(_answers(text).items()))
        given = spelled(text, key, [' "', word, '"'], others, probability)
        asked = request.body.get("logprobs") is True
        connection.send(completion(text, logprobs=given if asked else None))

    return behave


def _answers(text: str) -> dict[str, str]:
    answers: dict[str, str] = json.loads(text)["answers"]
    return answers


def _entry(text: str, probability: float) -> dict[str, Any]:
    logprob = math.log(probability) if probability > 0 else -9999.0
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}
