"""A brain that confirms what is bright: all that a backend needs, and no more."""

from io import BytesIO

from PIL import Image, ImageStat

from secondsight.errors import BrainError
from secondsight.records import Call, Evidence, Outcome, Usage, Verdict, Verification


class BrightnessBrain:
    name = "brightness"
    remote = False  # nothing leaves this machine
    reads_questions = False  # so it is not asked the opposite

    def __init__(self, settings, clock, environ, book):
        self.least, self.clock, self.book = settings.options.get("least", 128), clock, book

    async def review(self, request):
        if not request.frames:
            raise BrainError("no frames to look at", retryable=False)
        began, start = self.clock.now(), self.clock.monotonic()
        levels = [ImageStat.Stat(Image.open(BytesIO(f.jpeg)).convert("L")).mean[0] for f in request.frames]
        best, took = levels.index(max(levels)), self.clock.monotonic() - start
        to, told = (request.case_id, request.source, request.kind), (self.name, "", self.remote)
        self.book(Call(began, request.purpose, *to, *told, Outcome.ANSWERED, request.egress, len(levels)))
        yes = levels[best] >= self.least
        result, word = (Verification.CONFIRMED, "yes") if yes else (Verification.REJECTED, "no")
        answers, text = {request.questions[0].key: word}, f"Brightness {levels[best]:.0f} of 255."
        usage = Usage(latency=took, cost=0.0)
        return Verdict(result, None, answers, (Evidence(best),), text, self.name, request.sheet, usage)

    async def check(self):
        return f"brightness: compares with {self.least}"

    async def close(self): ...
