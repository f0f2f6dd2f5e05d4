"""What a sentence is, and how it is written."""
