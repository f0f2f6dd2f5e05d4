"""A small corpus of everyday sentences; see README.md."""
