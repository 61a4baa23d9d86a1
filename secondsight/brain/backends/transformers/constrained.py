"""Answers written into a form: we write what is fixed, the model writes its texts and picks among choices.

A model that is free to write anything writes something else now and then, and small ones mostly do: then a review
is paid for twice and may be lost. Here it cannot leave the form, and what it thinks of each choice is read from its
own numbers on the way, in the same pass. Torch is used only through the scores that are passed in.
"""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Fixed:
    """Tokens that stand there whatever the model thinks."""

    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several token sequences, none of which may begin with another."""

    key: str
    options: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One line in the model's own words, of at most `limit` tokens."""

    key: str
    limit: int


@dataclass(frozen=True, slots=True)
class Items:
    """Up to `most` of one template, as long as the model goes on rather than ends.

    Attributes:
        key: counts are noted under it; keys within item n are those of the template after `key.n.`.
        begin, then: tokens before the first item, and before each further one.
        empty, end: tokens where there is no item, and after the last one.
    """

    key: str
    template: "AnswerTemplate"
    most: int
    begin: tuple[int, ...]
    then: tuple[int, ...]
    empty: tuple[int, ...]
    end: tuple[int, ...]


AnswerTemplate = tuple[Fixed | Choice | Text | Items, ...]


@dataclass(frozen=True, slots=True)
class Picked:
    """What was picked, and how probable each option was.

    Attributes:
        index: position of the option.
        shares: probability of every option under the model, with every sequence that is no option left out. None for
            options whose beginnings are shared and were not followed: of those only the sum is known.
    """

    index: int
    shares: tuple[float | None, ...]


@dataclass(slots=True)
class Written:
    """What one row has become. `counts` are those of items; `tokens` counts all tokens of it, fixed ones too."""

    picked: dict[str, Picked] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    tokens: int = 0


class NotFinite(ArithmeticError):
    """The model's numbers overflowed."""


class TokenAdapter:
    """A tokenizer as scripts need it.

    Args:
        tokenizer: of the library `transformers`.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = frozenset(tokenizer.get_added_vocab().values()) | frozenset(tokenizer.all_special_ids)
        names = {*tokenizer.get_added_vocab(), *tokenizer.all_special_tokens}
        self._names = sorted((name for name in names if name.strip()), key=len, reverse=True)
        self._masks: tuple[Tensor, Tensor] | None = None
        self.end: int | None = tokenizer.eos_token_id

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(tokens)
        return text.replace("\ufffd", "")  # half a character, as where the limit cut it

    def plain(self, text: str) -> str:
        """`text` with the names of special tokens broken up, so that it cannot end a turn or claim a picture."""
        for name in self._names:
            text = text.replace(name, f"{name[0]} {name[1:]}")
        return text

    def masks(self, scores: "Tensor") -> "tuple[Tensor, Tensor]":
        """Of every token: does it end a text, and may it not stand in one. Bool (n,), on the device of `scores`.

        Numbers beyond the tokenizer's (networks are padded to round sizes) end a text.
        """
        count = scores.shape[-1]
        if self._masks is None or len(self._masks[0]) != count or self._masks[0].device != scores.device:
            known = min(count, len(self._tokenizer))
            pieces = self._tokenizer.batch_decode([[number] for number in range(known)])
            ends = [number in self._special or _ends(piece) for number, piece in enumerate(pieces)]
            banned = ["\\" in piece for piece in pieces]
            self._masks = (
                scores.new_tensor(ends + [True] * (count - known)) > 0,
                scores.new_tensor(banned + [False] * (count - known)) > 0,
            )
        return self._masks


def _ends(piece: str) -> bool:
    return '"' in piece or any(ord(character) < 32 for character in piece)


class ConstrainedWriter:
    """Rows of one batch, written at once: a logits processor and a stopping criterion of the library.

    Every call is one step; each row emits exactly one token. Which tokens the library holds is of no matter, so that
    encoder-decoders and models that are given embeddings work alike.

    Args:
        abandoned: whether nobody waits for row i any more; such a row ends at once.
    """

    def __init__(
        self,
        scripts: Sequence[AnswerTemplate],
        words: TokenAdapter,
        padding: int,
        abandoned: Callable[[int], bool],
    ) -> None:
        self.written = [Written() for _ in scripts]
        self._rows: list[_Row | None] = []
        for script, written in zip(scripts, self.written, strict=True):
            row = _write(script, words, written)
            next(row)
            self._rows.append(row)
        self._padding, self._abandoned = padding, abandoned

    def process(self, _: "Tensor", scores: "Tensor") -> "Tensor":
        """Scores (rows, vocabulary) with which every row's next token is certain. Raises NotFinite."""
        certain = scores.new_full(scores.shape, -math.inf)
        for index in range(len(self._rows)):
            certain[index, self._step(index, scores[index])] = 0.0
        return certain

    def finished(self, tokens: "Tensor", *_: Any, **__: Any) -> "Tensor":
        """Bool (rows,): whether a row is complete."""
        import torch

        return torch.tensor([row is None for row in self._rows], device=tokens.device)

    def _step(self, index: int, scores: "Tensor") -> int:
        row = self._rows[index]
        if row is not None and not self._abandoned(index):
            try:
                token = row.send(scores)
            except StopIteration:
                pass
            else:
                self.written[index].tokens += 1
                return token
        self._rows[index] = None
        return self._padding


def longest(script: AnswerTemplate) -> int:
    """Most tokens that a script can take."""
    return sum(_size(part) for part in script) + 1


def _size(part: Fixed | Choice | Text | Items) -> int:
    match part:
        case Fixed(tokens):
            return len(tokens)
        case Text(_, limit):
            return limit
        case Choice(_, options):
            return max(map(len, options))
        case Items():
            around = max(len(part.begin), len(part.then))
            return part.most * (longest(part.template) + around) + max(len(part.empty), len(part.end))


_Row = Generator[int, "Tensor", "Tensor"]


def _write(script: AnswerTemplate, words: TokenAdapter, written: Written) -> _Row:
    """One row: is sent the scores of the next token, yields the token. The first value it yields is none; it returns
    the scores that it did not use.

    What ends a script is not written out: nothing depends on it.
    """
    scores = yield -1
    for place, part in enumerate(script):
        last = place == len(script) - 1
        match part:
            case Fixed(tokens):
                for token in () if last else tokens:
                    scores = yield token
            case Text(key, limit):
                scores = yield from _free(key, limit, words, written, scores)
            case Choice(key, options):
                scores = yield from _pick(key, options, written, scores, last)
            case Items():
                scores = yield from _several(part, words, written, scores)
    return scores


def _several(
    part: Items, words: TokenAdapter, written: Written, scores: "Tensor"
) -> "Generator[int, Tensor, Tensor]":
    """Item after item; whether there is one more is the model's choice between what begins and what ends."""
    count, within = 0, Written()
    while True:
        more, over = (part.then, part.end) if count else (part.begin, part.empty)
        if count == part.most:
            for token in over:
                scores = yield token
            break
        scores = yield from _pick(part.key, (more, over), within, scores, last=False)
        if within.picked[part.key].index:
            break
        item = Written()
        row = _write((*part.template, _NOTHING), words, item)
        next(row)
        try:
            while True:
                scores = yield row.send(scores)
        except StopIteration as done:
            scores = done.value
        for name in ("picked", "texts", "counts"):
            getattr(written, name).update(
                {f"{part.key}.{count}.{key}": one for key, one in getattr(item, name).items()}
            )
        count += 1
    written.counts[part.key] = count
    return scores


_NOTHING = Fixed(())
"""Behind a template that stands within another, so that its own last part is written out."""


def _free(
    key: str, limit: int, words: TokenAdapter, written: Written, scores: "Tensor"
) -> "Generator[int, Tensor, Tensor]":
    """The most probable words, up to the first token that would end the text; that token is not written."""
    tokens: list[int] = []
    while len(tokens) < limit:
        ends, banned = words.masks(scores)
        token = int(scores.masked_fill(banned, -math.inf).argmax())
        if bool(ends[token]):
            break
        tokens.append(token)
        scores = yield token
    written.texts[key] = words.decode(tokens).strip()
    return scores


def _pick(
    key: str, options: tuple[tuple[int, ...], ...], written: Written, scores: "Tensor", last: bool
) -> "Generator[int, Tensor, Tensor]":
    """Down the tree of the options; where they part, the model's numbers are compared among those on offer only."""
    shares: list[float | None] = [None] * len(options)
    alive, depth, mass = list(range(len(options))), 0, 1.0
    while len(alive) > 1:
        offers = sorted({options[index][depth] for index in alive})
        chances = scores[offers].double().softmax(0).tolist()
        if not all(map(math.isfinite, chances)):
            raise NotFinite
        best = max(range(len(offers)), key=chances.__getitem__)
        for offer, chance in zip(offers, chances, strict=True):
            group = [index for index in alive if options[index][depth] == offer]
            if len(group) == 1:
                shares[group[0]] = mass * chance
        alive = [index for index in alive if options[index][depth] == offers[best]]
        mass *= chances[best]
        if len(alive) > 1:
            scores = yield offers[best]
            depth += 1
    shares[alive[0]] = mass
    written.picked[key] = Picked(alive[0], tuple(shares))
    for token in () if last else options[alive[0]][depth:]:
        scores = yield token
    return scores
