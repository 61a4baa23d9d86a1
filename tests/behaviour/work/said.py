"""Looks at a worker of whom a second-stage model says something."""

from dataclasses import replace

from secondsight.records import Attribute, Observation
from tests.behaviour.scene import INSIDE, Being, staying


def said(label: str, score: float = 0.9, votes: int = 5, name: str = "doing") -> list[Observation]:
    """Four seconds of one worker in the yard, with what the model `name` says of them."""
    attributes = {1: {name: Attribute(label, score, votes)}}
    return [replace(one, attributes=attributes) for one in staying(4, Being(1, *INSIDE))]
