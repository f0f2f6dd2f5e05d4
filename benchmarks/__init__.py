"""How fast, how large, how soon: the tagger beside the analysers that people use.

    python -m benchmarks --corpus dev.conllu

Everything is measured in one run, in turn and on the same cores, each time in a process of
its own; `docs/speed.md` says how to read it.
"""
