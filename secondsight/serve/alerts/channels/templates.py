"""Bodies of webhooks from the site file's own templates, in a sandbox."""

import json
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from secondsight.errors import ConfigError

_HOSTILE = 'a "quote", a \\ and a\nline'


class BodyTemplate:
    """A template of a message's body. It sees the keys of a notice's JSON form.

    Args:
        source: Jinja2.
        media_type: of what it makes; JSON is checked to stay JSON whatever texts an event holds.
        sample: the JSON form of a notice, to try it on.
        key: where it stands in the site file, for messages.

    Raises:
        ConfigError: it cannot be read, names what there is not, or makes broken JSON.
    """

    def __init__(self, source: str, media_type: str, sample: dict[str, Any], key: str) -> None:
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        try:
            self._template = environment.from_string(source)
            body = self._template.render(_hostile(sample))
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ConfigError(f"the template fails: {error}", key=key) from None
        if "json" in media_type:
            try:
                json.loads(body)
            except ValueError:
                raise ConfigError(
                    "the template makes broken JSON where a text holds quotes or line ends; "
                    "write each value as `{{ ... | tojson }}`, without quotes around it",
                    key=key,
                ) from None

    def render(self, payload: dict[str, Any]) -> bytes:
        """The body. Raises TemplateError."""
        return self._template.render(payload).encode()


def _hostile(value: Any) -> Any:
    """The same values with texts that break what is not escaped."""
    if isinstance(value, dict):
        return {key: _hostile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hostile(item) for item in value]
    return _HOSTILE if isinstance(value, str) else value
