"""From corpora to the indexed examples and the vocabulary of a training run."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

from tagger.errors import TaggerError
from tagger.labeling.examples import Example, make_examples, open_labels, sightings, with_lexicon
from tagger.labeling.grammar import Grammar
from tagger.labeling.knowledge import Knowledge
from tagger.labeling.labels import RESTORED
from tagger.labeling.lexicon import COLUMNS as LEXICON_COLUMNS
from tagger.labeling.lexicon import NO_LEXICON, Lexicon
from tagger.labeling.restoration import Restorer
from tagger.labeling.step import neighbours
from tagger.labeling.units import UNITS
from tagger.model.batches import (
    Indices,
    SoftTargets,
    index_example,
    soft_targets,
)
from tagger.model.seq2seq import Restoration
from tagger.text.segmentation import LONGEST_PART, cut_sentence
from tagger.text.sentence import Sentence, count_tags
from tagger.text.tagsets import settled_upos
from tagger.tokenizer.base import Tokenizer
from tagger.training.distillation import Opinion, Teachers
from tagger.training.noise import NOISES, noisy
from tagger.training.settings import Settings
from tagger.vocabulary import Vocabulary, build_inputs, build_outputs


@dataclass(frozen=True)
class TrainingData:
    """Indexed examples of all corpora, the vocabulary and the knowledge made from them, the
    index of the corpus whose conventions the model is to write, and the restorations of all."""

    vocabulary: Vocabulary
    knowledge: Knowledge
    examples: tuple[Indices, ...]
    target_corpus: int
    restorations: tuple[Restoration, ...]


def prepare(
    corpora: Mapping[str, Sequence[Sentence]],
    tokenizer: Tokenizer,
    settings: Settings,
    teachers: Teachers | None = None,
    unlabelled: Sequence[Sentence] = (),
    silver: Collection[str] = (),
) -> TrainingData:
    """The sentences of each named corpus, analysed for hints, as examples with indices.

    The first corpus is the one whose conventions the model is to write. Sentences without
    any gold label are left out. `unlabelled` ones are learned from `teachers` alone, in
    the conventions of the first corpus; they also have a say in the others. `silver` names
    the corpora that are not gold: what restores texts knows those of gold first. Raises
    TaggerError if no sentence is left.
    """
    unit = UNITS[settings.unit]
    examples: list[Example] = []
    learnt_from = 0  # the first so many are what the lexicon learns from
    opinions: list[Opinion | None] = []
    origins: list[str] = []
    generator = random.Random(settings.seed)
    target = next(iter(corpora))
    for name, whole in corpora.items():
        gold = [p.sentence for sentence in whole for p in cut_sentence(sentence, LONGEST_PART)]
        stopless = [sentence for sentence in map(without_stop, gold) if sentence]
        count = round(settings.without_stop * len(stopless))
        sentences = [*gold, *generator.sample(stopless, count)]
        shares = {noise: getattr(settings, noise) for noise in NOISES}
        sentences += noisy(gold, shares, generator)
        asked: Iterable[Opinion | None] = repeat(None, len(sentences))
        if teachers:
            asked = teachers.ask(sentences, name, is_target=name == target)
        made = make_examples(sentences, tokenizer, unit)
        for place, (example, opinion) in enumerate(zip(made, asked, strict=True)):
            if any(label is not None for label in example.labels):
                examples.append(example)
                opinions.append(opinion)
                origins.append(name)
                learnt_from += name == target and place < len(gold)
    if not examples:
        raise TaggerError(
            f"no sentence gives a {unit.name} a label",
            remedy="check the corpora, or train with another --unit or --tokenizer",
        )
    columns = settings.column_settings()
    lexicon = NO_LEXICON
    if columns.keys() & set(LEXICON_COLUMNS):
        seen = chain.from_iterable(map(sightings, examples[:learnt_from]))
        lexicon = Lexicon.learn(token for token in seen if token)
        examples = [
            with_lexicon(example, lexicon, learnt_from=origin == target)
            for example, origin in zip(examples, origins, strict=True)
        ]
    restorer = Restorer.learn(
        _restored(zip(examples, origins), lambda origin: origin not in silver),
        _restored(zip(examples, origins), lambda origin: origin in silver),
    )
    labels = build_outputs(open_labels(example, restorer) for example in examples)
    upos = build_outputs(example.upos for example in examples)
    if teachers and unlabelled:
        examples += make_examples(unlabelled, tokenizer, unit, lexicon)
        opinions += teachers.ask(unlabelled, target, is_target=True)
        origins += [target] * len(unlabelled)
    inputs = {
        name: [example.columns[name] for example in examples]
        for name in columns
        if name in examples[0].columns
    }
    # a column that always says the same says nothing, but there must be one
    inputs = {
        name: said
        for name, said in inputs.items()
        if name == next(iter(inputs)) or len(set(chain(*said))) > 1
    }
    vocabulary = Vocabulary(
        build_inputs(inputs, {name: column.minimum_count for name, column in columns.items()}),
        labels,
        upos,
        build_outputs([[name] for name in corpora]),
    )
    knowledge = Knowledge(
        restorer,
        {name: tuple(sorted(count_tags(sentences))) for name, sentences in corpora.items()},
        lexicon.kept() if inputs.keys() & set(LEXICON_COLUMNS) else NO_LEXICON,
        {name: found for name, whole in corpora.items() if (found := settled_upos(_tags(whole)))},
        Grammar.learn({name: found for name, found in corpora.items() if name not in silver}),
    )
    return TrainingData(
        vocabulary,
        knowledge,
        tuple(
            index_example(
                example,
                vocabulary,
                vocabulary.corpora.index(origin),
                open_labels(example, restorer),
                *(_as_targets(opinion, example, vocabulary, restorer) if opinion else ()),
            )
            for example, opinion, origin in zip(examples, opinions, origins, strict=True)
        ),
        vocabulary.corpora.index(target),
        tuple(
            restoration
            for example, origin in zip(examples, origins, strict=True)
            for restoration in restorations(example, origin)
        ),
    )


def _restored(
    examples: Iterable[tuple[Example, str]], is_wanted: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Syllable and label of each step of the examples whose corpus is wanted."""
    for example, origin in examples:
        if is_wanted(origin):
            steps = chain.from_iterable(example.steps)
            for step, label in zip(steps, example.labels, strict=True):
                if label is not None:
                    yield step.form, label


def _tags(sentences: Iterable[Sentence]) -> Iterator[tuple[str, str | None]]:
    """XPOS and UPOS of each token that has an analysis."""
    for sentence in sentences:
        for token in sentence.tokens:
            if token.morphemes:
                yield token.xpos, token.upos


def restorations(example: Example, corpus: str) -> Iterator[Restoration]:
    """What the gold labels of an example of that corpus restore."""
    given = iter(example.labels)
    for steps in example.steps:
        for step, (before, after), label in zip(steps, neighbours(steps), given, strict=False):
            structure, arrow, text = (label or "").partition(RESTORED)
            if arrow:
                yield Restoration(corpus, before, step.form, after, structure, text)


def _as_targets(
    opinion: Opinion, example: Example, vocabulary: Vocabulary, restorer: Restorer
) -> tuple[SoftTargets, SoftTargets]:
    """The opinion on labels and UPOS in the vocabulary's indices, its labels opened."""
    opened: list[dict[str, float]] = []
    steps = (step for token_steps in example.steps for step in token_steps)
    for step, choices in zip(steps, opinion.labels, strict=True):
        by_label: dict[str, float] = {}
        for label, probability in choices.items():
            name = restorer.open(label, step.form, step.analyses)
            by_label[name] = by_label.get(name, 0.0) + probability
        opened.append(by_label)
    upos = opinion.upos or [{} for _ in example.upos]
    return soft_targets(opened, vocabulary.labels), soft_targets(upos, vocabulary.upos)


def without_stop(sentence: Sentence) -> Sentence | None:
    """The sentence without its final stop, None if it has none or nothing else."""
    *tokens, last = sentence.tokens
    if not tokens or last.surface not in (".", "?", "!") or last.end != len(sentence.text):
        return None
    return replace(sentence, text=sentence.text[: last.start].rstrip(), tokens=tuple(tokens))
