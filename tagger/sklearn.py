"""The tagger as an estimator of scikit-learn: sentences of tokens in, a tag for each out.

    tagger = SequenceTagger(epochs=20).fit([["나", "밥", "먹었다"]], [["NP", "NNG", "VV+EP+EF"]])

With analyses, `form/TAG+form/TAG`, in place of tags it learns to restore morphemes, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tagger.system.extras import require

require("train")

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from tagger.analyzer import Tagger
from tagger.model.bundle import digest_eojeols
from tagger.text.sentence import Sentence, Token, gold_token
from tagger.tokenizer.make import make_tokenizer
from tagger.tokenizer.user_dictionary import Analysis, parse_analysis

NAME = "fitted"  # of the corpus


class SequenceTagger(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A stacked recurrent network, many-to-many.

    The parameters are those of `train.py`. With `unit="morpheme"` and `tokenizer="none"`, the
    defaults, each token gets one tag as it is. With `unit="syllable"` and `tokenizer="kiwi"`,
    y holds analyses. `random_state` decides the outcome; None is 1.
    """

    def __init__(
        self,
        unit: str = "morpheme",
        tokenizer: str = "none",
        cell: str = "lstm",
        layers: int = 2,
        hidden: int = 128,
        directions: int = 2,
        dropout: float = 0.33,
        epochs: int = 16,
        batch_size: int = 500,
        learning_rate: float = 2e-3,
        random_state: int | None = None,
    ) -> None:
        self.unit = unit
        self.tokenizer = tokenizer
        self.cell = cell
        self.layers = layers
        self.hidden = hidden
        self.directions = directions
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> SequenceTagger:
        """Train on sentences of tokens with a tag, or an analysis, for each.

        Raises ValueError if they do not match, and TaggerError for invalid settings.
        """
        from tagger.training.data import prepare
        from tagger.training.settings import Settings
        from tagger.training.trainer import Trainer, bundle_of, make_network

        sentences = list(_sentences(X, y))
        if not sentences:
            raise ValueError("there is no sentence to fit")
        names = [name for name in self.get_params() if name != "random_state"]
        settings = Settings(
            **{name: getattr(self, name) for name in names},
            seed=1 if self.random_state is None else self.random_state,
            without_stop=0.0,
            select="epoch",
        )
        tokenizer = make_tokenizer(self.tokenizer)
        data = prepare({NAME: sentences}, tokenizer, settings)
        trainer = Trainer(make_network(data.vocabulary, settings), data, settings, "cpu")
        for progress in trainer.train():
            if progress.epoch_ends:
                trainer.check_weights()
        known = digest_eojeols(e.surface for sentence in sentences for e in sentence.eojeols)
        self.tagger_ = Tagger(bundle_of(trainer, tokenizer, NAME, known), tokenizer)
        self.analyses_ = any("/" in tag for tags in y for tag in tags)
        self.classes_ = sorted({tag for tags in y for tag in tags})
        self.n_features_in_ = 1
        return self

    def predict(self, X: Sequence[Sequence[str]]) -> list[list[str]]:
        """A tag, or an analysis, for each token, as y was in `fit`."""
        check_is_fitted(self, "tagger_")
        return [
            [str(token) if self.analyses_ else token.xpos for token in sentence.tokens]
            for sentence in self.tagger_.tag_sentences(_sentences(X))
        ]

    def score(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> float:
        """The share of tokens that are right."""
        answers = self.predict(X)
        pairs = [
            pair
            for one, other in zip(answers, y, strict=True)
            for pair in zip(one, other, strict=True)
        ]
        return sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0


def _sentences(
    X: Sequence[Sequence[str]], y: Sequence[Sequence[str]] | None = None
) -> Iterable[Sentence]:
    if y is not None and len(X) != len(y):
        raise ValueError(f"{len(X)} sentences but {len(y)} sequences of tags")
    for number, words in enumerate(X):
        if isinstance(words, str):
            raise ValueError(f"sentence {number} is a string: give a list of tokens")
        tags: Sequence[str | None] = [None] * len(words) if y is None else y[number]
        if len(tags) != len(words):
            raise ValueError(f"sentence {number} has {len(words)} tokens but {len(tags)} tags")
        tokens: list[Token] = []
        place = 0
        for word, tag in zip(words, tags, strict=True):
            if not isinstance(word, str) or not word.strip():
                raise ValueError(f"{word!r} in sentence {number} is not a token")
            tokens.append(gold_token(word, place, _analysis(word, tag, number)))
            place += len(word) + 1
        yield Sentence(" ".join(words), tuple(tokens))


def _analysis(word: str, tag: str | None, number: int) -> Analysis:
    """The morphemes of an analysis, or of a tag, which may be of several (`VV+EP`): what their
    forms are it does not say."""
    if tag is None:
        return ()
    if "/" in tag:
        analysis = parse_analysis(tag, word)
        if analysis:
            return analysis
    elif tag.split() == [tag] and all(tag.split("+")):
        return tuple((word, part) for part in tag.split("+"))
    raise ValueError(f"{tag!r} in sentence {number} is neither a tag nor an analysis")
