"""A sentence to rules: read and shown. They are written as any change of the site file is."""

from secondsight.ask import RuleReading, RuleRefusal
from secondsight.serve.auth.rights import Principal, Right
from secondsight.serve.site import ServedSite


def read(site: ServedSite, person: Principal, sentence: str) -> RuleReading | RuleRefusal:
    """The rules that a sentence asks for, or why there are none. Nothing is written.

    Raises:
        RefusedError: no site file is known.
    """
    person.need(Right.ADMINISTER)
    return site.sentence(sentence)
