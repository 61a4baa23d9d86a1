"""The subjects of a site; documented in docs/queue.md."""

from dataclasses import dataclass

from secondsight.bus.names import level


@dataclass(frozen=True, slots=True)
class Subjects:
    """Where everything of one site goes.

    Attributes:
        prefix: first part, shared by all sites whose work goes to one pool of reviewers.
        site: the site's part.
    """

    prefix: str
    site: str

    def event(self, camera: str) -> str:
        """Steps of the events of a camera."""
        return f"{self.prefix}.{self.site}.events.{level(camera)}"

    @property
    def events(self) -> str:
        """Steps of the events of all cameras, to subscribe to."""
        return f"{self.prefix}.{self.site}.events.*"

    def observations(self, camera: str) -> str:
        """Counts of a camera, one message a minute."""
        return f"{self.prefix}.{self.site}.observations.{level(camera)}"

    def case(self, id: str) -> str:
        """A case that waits for a verdict."""
        return f"{self.prefix}.{self.site}.cases.review.{id}"

    def verdict(self, id: str) -> str:
        """The answer to a case."""
        return f"{self.prefix}.{self.site}.cases.verdicts.{id}"

    @staticmethod
    def verdict_for(case: str) -> str | None:
        """The subject of the answer to a case, of whichever site; None for a subject that is no case's.

        >>> Subjects.verdict_for("ss.yard.cases.review.c1-0")
        'ss.yard.cases.verdicts.c1-0'
        """
        prefix, site, *rest = case.split(".")
        is_case = len(rest) == 3 and rest[:2] == ["cases", "review"]
        return Subjects(prefix, site).verdict(rest[2]) if is_case else None
