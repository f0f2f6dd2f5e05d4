"""Work that the commands do."""
