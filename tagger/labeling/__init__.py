"""A label a syllable: made, restored and decoded."""
