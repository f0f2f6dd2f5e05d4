from __future__ import annotations

import pytest

from tagger.model import bundle
from tagger.model.bundle import digest_eojeols


def test_of_many_eojeols_the_frequent_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    frequent = digest_eojeols(["밥을", "나는"])
    monkeypatch.setattr(bundle, "MOST_EOJEOLS", 2)
    kept = digest_eojeols(["나는", "학교에", "밥을", "밥을", "나는"])
    assert kept.tolist() == frequent.tolist() == sorted(kept.tolist())
