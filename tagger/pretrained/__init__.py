"""The models that come with the program, a folder each."""

from __future__ import annotations

from pathlib import Path

from tagger.errors import TaggerError, system_error
from tagger.model.folder import CONFIG
from tagger.system.files import check_name

BUNDLED = Path(__file__).parent
DEFAULT_MODEL = "sejong"


def bundled_models() -> list[str]:
    """The names of the models that come with the program."""
    return sorted(path.parent.name for path in BUNDLED.glob(f"*/{CONFIG}"))


def find_model(model: str | Path) -> Path:
    """The folder of a bundled model by its name, or the folder itself.

    Raises TaggerError if there is neither, or it is out of reach.
    """
    if str(model) in bundled_models():
        return BUNDLED / model
    check_name(model)
    folder = Path(model)
    try:
        found = folder.is_dir()
    except OSError as error:
        raise system_error(error, model) from None
    if not found:
        raise TaggerError(
            f"there is no model {str(model)!r}",
            remedy=f"give a model folder or one of {', '.join(bundled_models())}",
        )
    return folder
