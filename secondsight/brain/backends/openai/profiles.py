"""What known servers take and give beyond the common ground of the OpenAI chat API: data, no code paths.

Each entry says what the server's own documentation or source says; whatever it declines at run time is given up for
the rest of the run. docs/brain.md holds the same as a table.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

Format = Literal["json_schema", "json_object"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What one kind of server takes.

    Attributes:
        formats: ways to ask for JSON, best first; when all are declined, the prompt alone asks.
        top_logprobs: alternatives to ask for with each token; 0 asks for no probabilities.
        limit: name of the field that bounds the answer's tokens.
        temperature, seed: whether the fields of these names are sent.
        detail: what is asked of pictures, where the server knows the word.
        video: how frames can be sent as one video: `jpeg`, a data URI with all of them between commas; `list`, a
            part that lists their data URIs; None, not at all.
        least_video: fewer frames than that go as pictures.
    """

    name: str
    formats: tuple[Format, ...] = ("json_schema", "json_object")
    top_logprobs: int = 5
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    seed: bool = True
    detail: Literal["high"] | None = None
    video: Literal["jpeg", "list"] | None = None
    least_video: int = 2


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("generic"),
        Profile("vllm", top_logprobs=20, video="jpeg"),
        Profile("sglang", top_logprobs=20),
        Profile("ollama", top_logprobs=20),
        Profile("llamacpp", top_logprobs=20),
        Profile("openai", top_logprobs=20, limit="max_completion_tokens", detail="high"),
        Profile("dashscope", formats=("json_object",), video="list", least_video=4),
    )
}
GENERIC = PROFILES["generic"]

_HOSTS = {"api.openai.com": "openai", "aliyuncs.com": "dashscope"}
_OWNERS = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llamacpp", "library": "ollama"}
"""What these servers write as `owned_by` of their models; Ollama writes the namespace, which is `library` unless a
model is a person's own."""
_FORMAT_WORDS = ("response_format", "json_schema", "json_object", "schema", "grammar")
_ROOM = re.compile(
    r"context[ _-]?(length|window|size)|maximum (context|length)|too (large|long|many)|exceeds? "
)
"""Sentences about a request that is too large for the model: they name fields that are not to blame."""
_OTHER_FIELD = re.compile(
    r"unsupported|not supported|instead|unknown|unrecogni[sz]ed|deprecated|not permitted|extra "
)


def by_host(host: str) -> Profile | None:
    """The profile of a cloud, known by its host name alone."""
    for suffix, name in _HOSTS.items():
        if host == suffix or host.endswith(f".{suffix}"):
            return PROFILES[name]
    return None


def by_owners(owners: Iterable[str]) -> Profile:
    """The profile that a list of models gives away, or the generic one."""
    return next((PROFILES[_OWNERS[owner]] for owner in owners if owner in _OWNERS), GENERIC)


def without(profile: Profile, complaint: str) -> Profile | None:
    """The profile less what an error's text says is not known; None if it speaks of nothing that was asked for.

    Servers have no common code for this; the name of the field is all that their sentences share.
    """
    text = complaint.lower()
    if _ROOM.search(text):
        return None
    if "max_completion_tokens" in text and profile.limit == "max_tokens" and _OTHER_FIELD.search(text):
        return replace(profile, limit="max_completion_tokens")
    if "logprobs" in text and profile.top_logprobs:
        return replace(profile, top_logprobs=0)
    if "video" in text and profile.video is not None:
        return replace(profile, video=None)
    if "detail" in text and profile.detail is not None:
        return replace(profile, detail=None)
    if "temperature" in text and profile.temperature:
        return replace(profile, temperature=False)
    if "seed" in text and profile.seed:
        return replace(profile, seed=False)
    return without_format(profile, complaint)


def without_format(profile: Profile, complaint: str) -> Profile | None:
    """The profile less its way to ask for JSON, if that is what an error's text speaks of; None otherwise."""
    if profile.formats and any(word in complaint.lower() for word in _FORMAT_WORDS):
        return replace(profile, formats=profile.formats[1:])
    return None
