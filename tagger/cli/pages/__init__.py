"""Pages that the commands write."""
