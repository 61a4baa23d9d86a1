"""Which published steps go to which channel; pure."""

from secondsight.config import ChannelSettings
from secondsight.records import Event, Severity, Step, Word


def goes(settings: ChannelSettings, step: Step, event: Event, severity: Severity, told: bool) -> bool:
    """Whether a step goes to a channel.

    What follows a first message goes where that one went, whatever the filters say of it: nobody is left with an
    alarm that was taken back. An update can be a channel's first message: the alarm itself did not pass the channel's
    filters, such as one for confirmed events, or one for a camera that another one's incident was seen on as well.

    Args:
        severity: of the event.
        told: the channel was given a step of this event, or of its incident.
    """
    if told:
        return settings.send == "steps" or step.word is not Word.NONE
    if not _passes(settings, step, event, severity):
        return False
    if settings.send == "steps" or step.word is Word.ALERT:
        return True
    return step.word in (Word.UPDATE, Word.ESCALATION) and _filters(settings)


def about(step: Step) -> frozenset[str]:
    """Ids of the events that a step is about: its own, and the first one of its incident."""
    return frozenset({step.event, *([step.incident] if step.incident else [])})


def _passes(settings: ChannelSettings, step: Step, event: Event, severity: Severity) -> bool:
    return (
        (not settings.cameras or event.camera in settings.cameras)
        and (not settings.kinds or event.kind in settings.kinds)
        and (not settings.severity or severity in settings.severity)
        and (not settings.verification or step.verification in settings.verification)
    )


def _filters(settings: ChannelSettings) -> bool:
    return bool(settings.cameras or settings.kinds or settings.severity or settings.verification)
