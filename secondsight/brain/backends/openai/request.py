"""The bodies that leave: chat messages with pictures or a video, and the fields that a profile allows. Pure."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from secondsight.brain.backends.openai.profiles import Profile
from secondsight.brain.prompts.images import prepare_frame
from secondsight.brain.prompts.questions import Language
from secondsight.brain.prompts.wording import ReviewPrompt, repair_prompt
from secondsight.errors import BrainError
from secondsight.jpeg import jpeg_size
from secondsight.records import ReviewRequest

MAX_TOKENS = 1024
"""Tokens of one answer: a summary, a dozen short answers and a few boxes need about 400."""
ECHO = 4000
"""Characters of a malformed answer that are shown to the model again."""
REPEAT_TEMPERATURE = 0.7
"""Of repeated answers. At 0 they would all be the same; above 1 they would be the sampler's more than the model's."""
Messages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn. A temperature of 0 takes the most probable one."""

    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """JPEGs as they leave, with their sizes in pixels."""

    jpegs: tuple[bytes, ...]
    sizes: tuple[tuple[int, int], ...]


def sizes_of(request: ReviewRequest) -> list[tuple[int, int]]:
    """Width and height of every frame, in pixels. Raises BrainError for one that cannot be read."""
    sizes = []
    for index, frame in enumerate(request.frames):
        try:
            sizes.append(jpeg_size(frame.jpeg))
        except ValueError as error:
            raise _unreadable(request, index, error) from None
    return sizes


def prepare(request: ReviewRequest, side: int) -> Pictures:
    """The frames scaled to `side` pixels and marked. Raises BrainError for one that cannot be read."""
    jpegs = []
    for index, frame in enumerate(request.frames):
        try:
            jpegs.append(prepare_frame(frame, side, request.outline))
        except ValueError as error:
            raise _unreadable(request, index, error) from None
    return Pictures(tuple(jpegs), tuple(jpeg_size(jpeg) for jpeg in jpegs))


def encode(
    model: str,
    prompt: ReviewPrompt,
    pictures: Pictures,
    turns: Messages,
    schema: dict[str, Any],
    profile: Profile,
    sampling: Sampling,
) -> bytes:
    """The body of one request.

    Args:
        turns: the messages since: a malformed answer and what is wrong with it.
    """
    user = {"role": "user", "content": _parts(prompt, pictures, profile)}
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": prompt.system}, user, *turns],
        profile.limit: MAX_TOKENS,
        **response_format(profile, "review", schema),
    }
    if profile.temperature:
        body["temperature"] = sampling.temperature
    if profile.seed and sampling.seed is not None:
        body["seed"] = sampling.seed
    if profile.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": profile.top_logprobs}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def repair_turns(answer: str, problem: str, language: Language) -> Messages:
    """The two turns that follow a malformed answer. Half characters in it could not be sent back."""
    echo = answer[:ECHO].encode("utf-8", "replace").decode() or "(empty)"
    return [
        {"role": "assistant", "content": echo},
        {"role": "user", "content": repair_prompt(problem, language)},
    ]


def _unreadable(request: ReviewRequest, index: int, error: ValueError) -> BrainError:
    return BrainError(f"case {request.case_id}, frame {index}: {error}", retryable=False)


def _parts(prompt: ReviewPrompt, pictures: Pictures, profile: Profile) -> list[dict[str, Any]]:
    """Text and pictures in turn, each picture after its caption; or all captions and then one video."""
    if (video := _video(pictures, [_url(jpeg) for jpeg in pictures.jpegs], profile)) is not None:
        return [text_part("\n".join([prompt.opening, *prompt.captions])), video, text_part(prompt.task)]
    parts = [text_part(prompt.opening)]
    for caption, jpeg in zip(prompt.captions, pictures.jpegs, strict=True):
        parts += [text_part(caption), picture_part(jpeg, profile)]
    return [*parts, text_part(prompt.task)]


def _video(pictures: Pictures, urls: Sequence[str], profile: Profile) -> dict[str, Any] | None:
    """The pictures as one video, or None where that cannot be: frames of a video have one size."""
    if profile.video is None or len(urls) < profile.least_video or len(set(pictures.sizes)) > 1:
        return None
    if profile.video == "list":
        return {"type": "video", "video": list(urls)}
    frames = ",".join(url.partition(",")[2] for url in urls)
    return {"type": "video_url", "video_url": {"url": f"data:video/jpeg;base64,{frames}"}}


def text_part(text: str) -> dict[str, Any]:
    """A text of a user's message."""
    return {"type": "text", "text": text}


def picture_part(jpeg: bytes, profile: Profile) -> dict[str, Any]:
    """A picture of a user's message."""
    image = {"url": _url(jpeg)} | ({"detail": profile.detail} if profile.detail else {})
    return {"type": "image_url", "image_url": image}


def _url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def response_format(profile: Profile, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The field that holds an answer to a schema, as far as the server knows it."""
    if not profile.formats:
        return {}
    if profile.formats[0] == "json_object":
        return {"response_format": {"type": "json_object"}}
    described = {"name": name, "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": described}}
