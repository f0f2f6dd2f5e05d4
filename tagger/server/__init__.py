"""The tagger behind a REST interface, with a page to try it (the extra `server`)."""
