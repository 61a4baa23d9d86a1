"""One question about a drawn picture: shows before the first case whether a model sees and answers as asked."""

from io import BytesIO

from PIL import Image, ImageDraw

from secondsight.brain.prompts.questions import DECISION
from secondsight.records import Purpose, Question, ReviewFrame, ReviewRequest, Verdict, Verification

_SIZE = 448
_SAW = {
    Verification.CONFIRMED: "it sees the disc in a drawn picture",
    Verification.REJECTED: "but it does not see the disc in a drawn picture: can this model see?",
    Verification.UNSURE: "but it is not sure of a disc in a drawn picture: can this model see?",
}


def trial_request() -> ReviewRequest:
    """A picture of a red disc on grey, and the question whether there is one."""
    picture = Image.new("RGB", (_SIZE, _SIZE), (128, 128, 128))
    ImageDraw.Draw(picture).ellipse(
        [_SIZE // 4, _SIZE // 4, 3 * _SIZE // 4, 3 * _SIZE // 4], fill=(200, 20, 20)
    )
    out = BytesIO()
    picture.save(out, "JPEG", quality=90)
    return ReviewRequest(
        case_id="check",
        kind="check",
        camera="A picture drawn by a program",
        label="disc",
        zone=None,
        start=0.0,
        triggered=0.0,
        frames=(ReviewFrame(out.getvalue(), 0.0, None),),
        questions=(Question("present", "Is there a large red disc in the picture?", DECISION),),
        sheet="check.1",
        purpose=Purpose.CHECK,
    )


def what_it_saw(verdict: Verdict) -> str:
    """The answer in words for people, with what had to be mended in it."""
    return "; ".join((_SAW[verdict.verification], *verdict.notes))
