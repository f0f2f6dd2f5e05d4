"""A laboratory on the real tagger: what the notes on recurrent networks teach, measured.

Each module is an experiment of `python -m tagger.cli.study`; none is needed to train or tag.
"""
