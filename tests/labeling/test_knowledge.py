from __future__ import annotations

import json

from tagger.labeling.knowledge import Knowledge
from tagger.labeling.restoration import Restorer


def test_knowledge_travels_as_json() -> None:
    knowledge = Knowledge(
        Restorer({"했": {"B-VV|B-EP": ("하였", "하았")}}),
        {"klue": ("NNG",)},
        settled_upos={"klue": {"VV+EP+EF": "VERB"}},
    )
    assert Knowledge.from_json(json.loads(json.dumps(knowledge.to_json()))) == knowledge
