from .auth.authenticator import Authenticator
from .auth.passwords import stretched
from .server import ApiServer
from .site import RunningHere

__all__ = ["ApiServer", "Authenticator", "RunningHere", "stretched"]
