"""Where a text comes apart and together: ends of sentences, spaces between eojeols."""
