from __future__ import annotations

from tagger.training.silver import silver_sentences


def test_kiwi_labels_a_text_in_the_tags_of_sejong() -> None:
    (sentence,) = silver_sentences(["돌담길(옛길)을 걸었다."])
    assert str(sentence).count("(/SS") == 1
    assert sentence.morphemes[-1].tag == "SF"
    assert [token.surface for token in sentence.tokens][-2:] == ["걸었다", "."]
    assert all(token.upos is None for token in sentence.tokens)


def test_texts_without_words_are_left_out() -> None:
    assert silver_sentences(["", " "]) == []
    assert silver_sentences([]) == []


def test_the_sentence_decides_between_homographs() -> None:
    walked, hung = silver_sentences(["공원을 걸었다", "벽에 달력을 걸었다"])
    assert ("걷", "VV") in [(m.form, m.tag) for m in walked.morphemes]
    assert ("걸", "VV") in [(m.form, m.tag) for m in hung.morphemes]
