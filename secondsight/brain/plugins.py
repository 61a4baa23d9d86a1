"""Backends of other packages: a distribution names a factory under the entry point group `secondsight.brains`, and
its name works as `backend:` in a site file. Nothing is loaded that no site file names. docs/brain.md has an example.
"""

from collections.abc import Mapping

from secondsight.brain.protocol import Brain, Factory, RecordCall
from secondsight.clock import Clock
from secondsight.config import PluginBrainSettings, installed_backends, package_of
from secondsight.errors import ConfigError, SecondSightError
from secondsight.log import redact

_MEMBERS = ("name", "remote", "close")


def installed_factory(name: str) -> Factory:
    """The factory an installed package offers under `name`; what it makes is checked.

    Raises:
        ConfigError: no package offers it, or it cannot be loaded; the text names the package.
    """
    point = installed_backends().get(name)
    if point is None:
        raise ConfigError("no installed package offers this backend any more", key="brain.backend")
    package = package_of(point)
    try:
        made = point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # other people's code may raise anything
        raise _broken(f"the backend of {package} cannot be loaded", error) from None

    def factory(
        settings: PluginBrainSettings, clock: Clock, environ: Mapping[str, str], book: RecordCall
    ) -> Brain:
        try:
            brain: Brain = made(settings, clock, environ, book)
        except SecondSightError:
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise _broken(f"the backend of {package} cannot be made", error) from None
        missing = [member for member in _MEMBERS if not hasattr(brain, member)]
        if missing:
            raise ConfigError(
                f"the backend of {package} made no brain: {', '.join(missing)} missing", key="brain.backend"
            )
        return brain

    return factory


def _broken(what: str, error: BaseException) -> ConfigError:
    reason = redact(f"{type(error).__name__}: {error}".split("\n")[0])
    return ConfigError(f"{what}: {reason}", key="brain.backend")
