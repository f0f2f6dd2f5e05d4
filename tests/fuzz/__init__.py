"""Long runs that look for a broken promise; `docs/reliability.md` has what they found.

    python -m tests.fuzz.lines --seconds 600      any Unicode through the tagger
    python -m tests.fuzz.bytes --seconds 600      any bytes through readers and decoders
    python -m tests.fuzz.models --count 2000      damaged and forged model folders
    python -m tests.fuzz.kills --count 50         kill -9 in training, tagging and saving
    python -m tests.fuzz.jobs --count 200         pairs of jobs at the same time, and kills
    python -m tests.fuzz.soak --seconds 1800      memory of a tagger that never stops

Each ends with 0 if nothing broke, else with 1 after saying what did. The suite runs a short
form of each (`tests/test_fuzz.py`).
"""
