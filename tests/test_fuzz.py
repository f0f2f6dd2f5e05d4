"""Short forms of the long runs in `tests/fuzz`, which `docs/reliability.md` reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tagger import Tagger
from tests.fuzz import bytes as any_bytes
from tests.fuzz import jobs, kills, lines, models, soak


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_line_keeps_the_promises(tiny_tagger: Tagger, seed: int) -> None:
    some = lines.Lines(seed)
    assert list(lines.broken(tiny_tagger, [some.line() for _ in range(500)])) == []


@pytest.mark.slow
def test_any_line_keeps_the_promises_of_a_bundled_model() -> None:
    some = lines.Lines(99)
    tagger = Tagger.load("kaist", device="cpu")
    assert list(lines.broken(tagger, [some.line() for _ in range(500)])) == []


@pytest.mark.slow
@pytest.mark.parametrize("options", [["--tokenizer", "none"], ["--unit", "morpheme"]])
def test_any_line_keeps_the_promises_of_other_kinds_of_model(
    tiny_variant: Callable[..., Path], options: list[str]
) -> None:
    some = lines.Lines(7)
    tagger = Tagger.load(tiny_variant(*options), device="cpu")
    assert list(lines.broken(tagger, [some.line() for _ in range(300)])) == []


def test_the_check_finds_what_is_broken(tiny_tagger: Tagger) -> None:
    """Else the tests above could not fail."""

    class Careless:
        bundle = tiny_tagger.bundle

        def tag(self, texts):  # type: ignore[no-untyped-def]
            return tiny_tagger.tag(text.replace("나", "너") for text in texts)

    [(line, how)] = lines.broken(Careless(), ["밥", "나 밥"])  # type: ignore[arg-type]
    assert (line, how) == ("나 밥", "it answers another text")


@pytest.mark.slow
def test_any_bytes_are_read_or_refused() -> None:
    assert any_bytes.by_chance(seconds=8, seed=3) > 500


@pytest.mark.slow
def test_damaged_and_forged_models_are_refused_or_harmless(tiny_model: Path) -> None:
    outcomes, broken = models.run(tiny_model, 120, seed=5)
    assert broken == []
    assert sum(outcomes[name] for name in outcomes if name.endswith("refused")) > 60


@pytest.mark.slow
@pytest.mark.parametrize("job", kills.JOBS)
def test_a_kill_loses_nothing(job: str) -> None:
    assert kills.run(job, 3, seed=1) == []


@pytest.mark.slow
def test_jobs_at_the_same_time_destroy_nothing(tiny_model: Path) -> None:
    assert list(jobs.run(4, seed=2, model=str(tiny_model))) == []


@pytest.mark.slow
def test_memory_does_not_grow_with_what_was_tagged(tiny_model: Path) -> None:
    """In ten seconds the caches still fill; what is kept of each line would show all the same."""
    tagged, tenths = soak.run(str(tiny_model), seconds=10, seed=0)
    assert tagged > 500
    assert max(tenths) - tenths[0] < 200 * 2**20
