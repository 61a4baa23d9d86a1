from .auth.authenticator import Authenticator
from .auth.passwords import stretched
from .server import ApiServer
from .site import RunningHere
from .truth.server import serve_labels

__all__ = ["ApiServer", "Authenticator", "RunningHere", "serve_labels", "stretched"]
