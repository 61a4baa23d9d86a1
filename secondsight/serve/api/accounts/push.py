"""/push: the browsers in which people are told."""

from typing import Annotated

from fastapi import APIRouter, Path

from secondsight.serve.access import push as access
from secondsight.serve.api.forms.people import PushOut, SubscriptionIn, SubscriptionOut
from secondsight.serve.auth.requests import Served, Viewer

router = APIRouter(prefix="/push", tags=["people"])
SubscriptionId = Annotated[str, Path(max_length=64)]


@router.get("")
def push(site: Served, person: Viewer) -> PushOut:
    """The key with which a browser subscribes, and the browsers there are: one's own, or all for who may
    administer."""
    known = [SubscriptionOut.model_validate(one) for one in access.subscriptions(site, person)]
    return PushOut(key=access.push_key(site, person), subscriptions=known)


@router.post("/subscriptions", status_code=201)
def subscribe(site: Served, person: Viewer, new: SubscriptionIn) -> SubscriptionOut:
    """Let a browser be told of what one may see."""
    made = access.subscribe(
        site,
        person,
        endpoint=new.endpoint,
        p256dh=new.keys.p256dh,
        auth=new.keys.auth.get_secret_value(),
        label=new.label,
    )
    return SubscriptionOut.model_validate(made)


@router.delete("/subscriptions/{id}", status_code=204)
def unsubscribe(site: Served, person: Viewer, id: SubscriptionId) -> None:
    """Tell a browser no more, at once."""
    access.unsubscribe(site, person, id)
