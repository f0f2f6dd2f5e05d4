"""What decides the outcome of a training run, beside the corpora."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

from tagger.errors import TaggerError
from tagger.labeling.lexicon import COLUMNS as LEXICON_COLUMNS
from tagger.labeling.step import meaning_column
from tagger.labeling.units import UNITS
from tagger.model.config import CELLS
from tagger.tokenizer.make import TOKENIZERS
from tagger.tokenizer.morpheme_codes import PARTS
from tagger.training.augmentation.noise import NOISES


@dataclass(frozen=True)
class ColumnSettings:
    """An input column: width of its embedding (0: there is none), how often a symbol must be
    seen to be listed, and how often training replaces it by the unknown one."""

    width: int
    minimum_count: int = 1
    drop: float = 0.0


_LEXICON = {
    name: ColumnSettings(width, 3, 0.05)
    for name, width in zip(LEXICON_COLUMNS, (24, 8, 8, 16), strict=True)
}
_MEANING = {meaning_column(part): ColumnSettings(12, 1, 0.05) for part in range(PARTS)}
_COLUMNS = {
    "syllable": {
        "syllable": ColumnSettings(128, 1, 0.05),
        "left_bigram": ColumnSettings(64, 2, 0.15),
        "right_bigram": ColumnSettings(64, 2, 0.15),
        "hint": ColumnSettings(96, 1, 0.04),
        "hint_2": ColumnSettings(96, 1, 0.04),
        "boundary": ColumnSettings(16),
        "noun_begins": ColumnSettings(24, 3, 0.05),
        "noun_ends": ColumnSettings(24, 3, 0.05),
        **_MEANING,
        **_LEXICON,
    },
    "morpheme": {
        "form": ColumnSettings(128, 2, 0.15),
        "previous_form": ColumnSettings(32, 3, 0.15),
        "next_form": ColumnSettings(32, 3, 0.15),
        "first_syllable": ColumnSettings(48, 1, 0.05),
        "first_syllables": ColumnSettings(48, 2, 0.15),
        "last_syllable": ColumnSettings(48, 1, 0.05),
        "last_syllables": ColumnSettings(48, 2, 0.15),
        "hint": ColumnSettings(96, 1, 0.04),
        "boundary": ColumnSettings(16),
        **_MEANING,
    },
}
PRECISIONS = ("float32", "bfloat16")
SELECTABLE = ("eojeol", "morpheme_f1", "segmentation_f1", "xpos", "upos", "lemma", "epoch")

_INFINITE = 1e300
"""Numbers of this size overflow."""

_LARGEST = {
    "layers": 64,  # more could not be loaded
    "hidden": 8192,
    "epochs": 1_000_000,
    "batch_size": 1_000_000_000,
    "home_repeats": 10_000,
    "label_minimum_count": 1_000_000_000,
    "average_steps": 1_000_000_000,
}


def _whole(least: int, most: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _is_share(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value < 1  # type: ignore[operator]


_COLUMN_RANGES: dict[str, Callable[[object], bool]] = {
    "width": _whole(0, 4096),
    "minimum_count": _whole(1, 1_000_000_000),
    "drop": _is_share,
}


@dataclass(frozen=True)
class Settings:
    """Everything that decides the outcome of a training run, beside the corpora.

    `batch_size` counts steps (syllables or morphemes), padding included. The rate rises
    over the first 3 % of the run to `learning_rate` and falls on a cosine. The best epoch is
    the one with the highest dev score `select` (`epoch`: the last one); with `early_stop` the
    run ends after so many epochs without a better one. An epoch sees the first corpus, whose
    conventions the model is to write, `home_repeats` times and the others once.
    `without_stop` is the share of sentences that are also seen without their final stop, as
    in chats and headlines; `without_spaces`, `with_errors` and `chatting` are those of sentences
    that are also seen as `augmentation/noise.py` writes them; at most a share `inflected` is also
    seen with a verb in a form that it shares with another (`augmentation/inflection.py`).
    `without_hints` is the share of tokens whose hints are hidden each time that they are seen, so
    that the network knows words by itself. `silver_at_home` is the share of silver sentences that
    are shown as ones of the first corpus each time, with those labels alone that it would mostly
    give as well: what its gold does not show is then written as the analyser does. Of the
    `epochs`, the last `home_epochs` see the first corpus and of the others a share
    `others_at_home`, each time another, at a rate that falls anew from half of it: what was learned
    of words stays, and the conventions become its own (fine-tuning).
    Labels that are seen less often than `label_minimum_count` are not learned: what programs have
    labelled has errors. Of what teachers say of gold sentences, `teacher_weight` counts and gold
    the rest. With `average_steps`, the model has the exponential moving average of the weights
    over about so many steps: that of several is better than each (Izmailov et al. 2018).
    `columns` changes `ColumnSettings` by column name. `precision` bfloat16 halves the time
    on devices that have it (`network.trains_in`).
    """

    unit: str = "syllable"
    tokenizer: str = "kiwi"
    cell: str = "lstm"
    layers: int = 2
    hidden: int = 256
    directions: int = 2
    dropout: float = 0.33
    epochs: int = 16
    batch_size: int = 500
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.03
    upos_weight: float = 0.5
    gradient_norm: float = 5.0
    home_repeats: int = 1
    without_stop: float = 0.1
    without_spaces: float = 0.0
    with_errors: float = 0.0
    chatting: float = 0.0
    inflected: float = 0.0
    without_hints: float = 0.0
    silver_at_home: float = 0.0
    label_minimum_count: int = 1
    home_epochs: int = 0
    others_at_home: float = 0.1
    early_stop: int = 0
    average_steps: int = 0
    select: str = "eojeol"
    teacher_weight: float = 0.5
    precision: str = "float32"
    seed: int = 1
    columns: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def column_settings(self) -> dict[str, ColumnSettings]:
        """The unit's input columns, with what `columns` changes of them."""
        changed = {
            name: replace(default, **self.columns.get(name, {}))  # type: ignore[arg-type]
            for name, default in _COLUMNS[self.unit].items()
        }
        return {name: column for name, column in changed.items() if column.width}

    def __post_init__(self) -> None:
        """Raises TaggerError, naming the setting, if a value cannot be trained with."""
        choices = {
            "unit": tuple(UNITS),
            "tokenizer": TOKENIZERS,
            "cell": tuple(CELLS),
            "directions": (1, 2),
            "precision": PRECISIONS,
            "select": SELECTABLE,
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise TaggerError(
                    f"{name} cannot be {getattr(self, name)!r}",
                    remedy=f"use one of {', '.join(map(str, allowed))}",
                )
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, (int, float)) and not abs(value) < _INFINITE:
                raise TaggerError(f"{item.name} is not a number that can be used")
        for name in (
            "layers",
            "hidden",
            "epochs",
            "batch_size",
            "learning_rate",
            "home_repeats",
            "label_minimum_count",
            "gradient_norm",
        ):
            if not getattr(self, name) > 0:
                raise TaggerError(f"{name} must be more than 0")
        for name, most in _LARGEST.items():
            if getattr(self, name) > most:
                raise TaggerError(f"{name} must be at most {most}")
        for name in ("weight_decay", "upos_weight", "early_stop", "average_steps"):
            if getattr(self, name) < 0:
                raise TaggerError(f"{name} must be at least 0")
        if not 0 <= self.teacher_weight <= 1:
            raise TaggerError("teacher_weight must be from 0 to 1")
        shares = (
            "dropout",
            "label_smoothing",
            "without_stop",
            "without_hints",
            "silver_at_home",
            "others_at_home",
            "inflected",
        )
        for name in (*shares, *NOISES):
            if not 0 <= getattr(self, name) < 1:
                raise TaggerError(f"{name} must be at least 0 and less than 1")
        if not 0 <= self.home_epochs <= self.epochs:
            raise TaggerError("home_epochs must be at least 0 and at most epochs")
        if not 0 <= self.seed < 1 << 63:
            raise TaggerError("seed must be at least 0 and less than 2 to the power of 63")
        known = _COLUMNS[self.unit]
        for name, changes in self.columns.items():
            if not isinstance(changes, Mapping):
                raise TaggerError(
                    f"the changes of the input column {name!r} are no object",
                    remedy='write {"width": 8}',
                )
            if name not in known or not set(changes) <= set(_COLUMN_RANGES):
                raise TaggerError(
                    f"the {self.unit} unit has no input column {name!r} with {list(changes)}",
                    remedy=f"its columns are {', '.join(known)}",
                )
            for setting, value in changes.items():
                if not _COLUMN_RANGES[setting](value):
                    raise TaggerError(f"{setting} of the input column {name!r} cannot be {value!r}")
