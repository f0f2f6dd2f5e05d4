"""A reader for each format of annotated corpora."""
