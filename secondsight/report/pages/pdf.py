"""A report as PDF, by WeasyPrint (extra `report`)."""

from importlib import import_module
from typing import Any

from secondsight.errors import ConfigError


def to_pdf(html: str) -> bytes:
    """A page as PDF. Nothing is fetched: what stands in the page is all there is.

    Raises:
        ConfigError: WeasyPrint, or a library of the system that it needs, is not installed.
    """
    from PIL import ImageFile

    strict = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        weasyprint: Any = import_module("weasyprint")
    except ImportError:
        raise ConfigError(
            "a PDF needs WeasyPrint: pip install 'secondsight[report]'; or choose html"
        ) from None
    except OSError as error:  # it opens Pango when it is imported
        missing = str(error).splitlines()[0][:200]
        raise ConfigError(f"WeasyPrint misses a library of the system, such as Pango: {missing}") from None
    finally:
        # It makes Pillow take half pictures for whole ones, in all of the process: such are not shown to a brain.
        ImageFile.LOAD_TRUNCATED_IMAGES = strict
    fetcher = weasyprint.URLFetcher(allowed_protocols={"data"})
    pdf: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf()
    return pdf
