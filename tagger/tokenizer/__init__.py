"""Kiwi, MeCab-ko, and what they know."""
