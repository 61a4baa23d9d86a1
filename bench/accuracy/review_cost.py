"""What one review by a large model takes in tokens, and a thousand of them in money: the table of docs/brain.md.

python -m bench review_cost --price-in 0.35 --price-out 1.05
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from secondsight.brain import question_sheet
from secondsight.brain.prompts.image_tokens import fit, rule_of
from secondsight.brain.prompts.wording import review_prompt
from secondsight.records import Box, ReviewFrame, ReviewRequest

MODELS = {"Qwen2.5-VL": "qwen2.5-vl-7b", "Qwen3-VL": "qwen3-vl-8b", "GPT-4o": "gpt-4o"}
PICTURES = ((6, 768), (6, 512), (3, 512))
CAMERA = (1920, 1080)
ANSWER = 200
"""Tokens of an answer."""
LETTERS = 4
"""Characters of English that make a token, about."""


@dataclass(frozen=True, slots=True)
class Review:
    """One row: tokens in for pictures and words, and the cost of a thousand."""

    model: str
    count: int
    size: int
    pictures: int
    words: int
    cost: float


def reviews(price_in: float, price_out: float) -> Iterator[Review]:
    """All rows, at prices for a million tokens."""
    for model, name in MODELS.items():
        for count, size in PICTURES:
            fitted = fit([CAMERA] * count, 0, count, size, 8192, rule_of(name))
            tokens = fitted.tokens + (words := _words(count))
            cost = 1000 * (tokens * price_in + ANSWER * price_out) / 1e6
            yield Review(model, count, size, fitted.tokens, words, cost)


def _words(count: int) -> int:
    """Tokens of everything that is said, for a suspected fall."""
    sheet = question_sheet("fall", "en")
    frames = tuple(ReviewFrame(b"", float(second), Box(0.4, 0.3, 0.5, 0.8)) for second in range(count))
    request = ReviewRequest(
        case_id="c",
        kind="fall",
        camera="entrance hall, doors on the left",
        label="person",
        zone="hall",
        start=0.0,
        triggered=2.0,
        frames=frames,
        questions=sheet.questions,
    )
    prompt = review_prompt(request)
    return sum(map(len, (prompt.system, prompt.opening, *prompt.captions, prompt.task))) // LETTERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--price-in", type=float, default=0.35, help="of a million tokens in")
    parser.add_argument("--price-out", type=float, default=1.05, help="of a million tokens out")
    prices = parser.parse_args()
    print("| model | pictures | tokens of pictures | of words | per 1000 reviews |\n|---|---|---|---|---|")
    for row in reviews(prices.price_in, prices.price_out):
        print(
            f"| {row.model} | {row.count} x {row.size} px | {row.pictures} | {row.words} | {row.cost:.2f} |"
        )


if __name__ == "__main__":
    main()
