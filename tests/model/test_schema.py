from __future__ import annotations

import pytest

from tagger.model.schema import check_vocabulary


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"inputs": {"x": ["가"]}, "labels": [], "upos": [], "corpora": []},
        {"inputs": {}, "labels": ["a", "a"], "upos": [], "corpora": []},
        {"inputs": {}, "labels": [["a"]], "upos": [], "corpora": []},
        {"inputs": {}, "labels": [], "upos": [], "corpora": [], "restorations": {"가": 1}},
    ],
)
def test_what_is_no_vocabulary_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"^data"):
        check_vocabulary(data)
