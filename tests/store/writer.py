"""A process that writes without end, for tests that kill it: `python -m tests.store.writer WHERE FIRST`.

It prints, after each call has returned, what it may rely on from then on.
"""

import itertools
import sys

from secondsight.records import Action, Verification
from secondsight.store import AttachClip, OpenCandidate, Store
from tests.store.samples import candidate, clip, decision, key_frames, verdict


def main(where: str, first: int) -> None:
    store = Store.open(where)
    actions = itertools.cycle([Action.REVIEW, Action.REVIEW, Action.ACCEPT, Action.DROP])
    for number, action in zip(itertools.count(first), actions, strict=False):
        id = f"c{number:06}"
        store.apply([OpenCandidate(candidate(id, 1000.0 + number), decision(action, deadline=None))])
        print("opened", id, flush=True)
        store.apply([AttachClip(id, clip(id), key_frames(id))])
        print("attached", id, flush=True)
        case = store.cases.lease("writer", 3600)
        if case is not None:
            print("leased", case.id, flush=True)
            store.cases.settle(case.id, Verification.CONFIRMED, verdict(), worker="writer")
            print("settled", case.id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
