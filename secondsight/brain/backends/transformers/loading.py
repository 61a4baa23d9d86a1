"""Loads a vision-language model with the library's auto classes, from a folder or from the hub.

A folder is never looked up anywhere. Only a hub's name may cause a download, and not with HF_HUB_OFFLINE set. Code
that comes with a checkpoint is never run. Takes 5 s for the libraries alone; loaded only when such a brain is made.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from secondsight.config import TransformersBrainSettings
from secondsight.errors import ModelError

MISSING = "backend transformers needs more packages ({}): pip install 'secondsight[local-brain]'"
_HUB = re.compile(r"[\w][\w.-]*/[\w][\w.-]*")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to run.

    Attributes:
        model: of the library, in evaluation mode, on `device`.
        processor: makes its inputs of texts and pictures; pads on the left.
        template: its chat template; None for a model that knows no chat.
        called: short name for people.
    """

    model: Any
    processor: Any
    template: str | None
    device: str
    dtype: Any
    called: str


def load(settings: TransformersBrainSettings) -> Loaded:
    """The model of the settings.

    Raises:
        ModelError: a package is missing, there is no such model, or it cannot be used; the text says which.
    """
    try:
        import torch

        library: Any = import_module("transformers")
    except ImportError as error:
        raise ModelError(MISSING.format(error.name)) from None
    name, local = find(settings.model)
    device = _device(settings.device, torch)
    dtype: Any = "auto" if device != "cpu" else torch.float32
    if settings.dtype != "auto":
        dtype = getattr(torch, settings.dtype)
    library.utils.logging.disable_progress_bar()
    options: dict[str, Any] = {"local_files_only": local, "trust_remote_code": False}
    try:
        config = library.AutoConfig.from_pretrained(name, **options)
        processor = _processor(library, name, config, options)
        model = library.AutoModelForImageTextToText.from_pretrained(name, dtype=dtype, **options)
        model = model.to(device).eval()
    except ImportError as error:
        raise ModelError(MISSING.format(_first(error))) from None
    except torch.OutOfMemoryError:
        raise ModelError(f"{settings.model} does not fit into the memory of {device}") from None
    except Exception as error:  # of the library and of what it reads files with; it has no common kind
        raise ModelError(
            f"{settings.model} cannot be used as a vision-language model: {_first(error)}"
        ) from None
    tokenizer = processor.tokenizer
    if not tokenizer.encode("yes", add_special_tokens=False):
        raise ModelError(f"{settings.model} cannot be used as a vision-language model: it has no tokenizer")
    tokenizer.padding_side = "left"
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    template = getattr(processor, "chat_template", None) or tokenizer.chat_template
    return Loaded(model, processor, template, device, model.dtype, Path(name).name)


def find(model: str) -> tuple[str, bool]:
    """Folder or hub's name, and whether it is a folder.

    Raises:
        ModelError: it is neither.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder} has no config.json; give the folder of a Hugging Face checkpoint")
        return str(folder), True
    if not _HUB.fullmatch(model):
        raise ModelError(
            f"no such folder with a vision-language model: {model}. A model of the hub is written as owner/name"
        )
    return model, False


def _device(name: str, torch: Any) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except Exception as error:  # the library raises RuntimeError, AssertionError and others of its own
        raise ModelError(f"brain.device: {name} cannot be used here: {_first(error)}") from None
    return name


def _processor(library: Any, name: str, config: Any, options: dict[str, Any]) -> Any:
    """The model's processor, also without torchvision, which the library wants for videos alone.

    We show pictures only. Without torchvision, the processor is put together from its parts, with Pillow's version
    of the picture part and nothing in the place of the video part.
    """
    if library.utils.is_torchvision_available():
        return library.AutoProcessor.from_pretrained(name, **options)
    kind = library.models.auto.processing_auto.PROCESSOR_MAPPING[type(config)]
    parts: dict[str, Callable[[], Any]] = {
        "image_processor": lambda: library.AutoImageProcessor.from_pretrained(name, backend="pil", **options),
        "tokenizer": lambda: library.AutoTokenizer.from_pretrained(name, **options),
        "video_processor": lambda: _NO_VIDEO,
    }
    arguments = [parts[part]() for part in kind.get_attributes()]
    settings, _ = kind.get_processor_dict(name, **options)

    def checked(processor: Any, part: str, argument: Any) -> Any:
        return argument is _NO_VIDEO or kind.check_argument_for_proper_class(processor, part, argument)

    # The library prints a processor with all its parts when it makes one; this one has a part that it cannot print.
    own = {"check_argument_for_proper_class": checked, "__repr__": object.__repr__}
    stills: Any = type(kind.__name__, (kind,), own)
    return stills.from_args_and_dict(arguments, settings)


_NO_VIDEO = SimpleNamespace(num_frames=None, fps=None)
"""Stands in the place of a video processor; one template function asks for these two."""


def _first(error: BaseException) -> str:
    """The first line of what a library says, without its advice for programmers."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
