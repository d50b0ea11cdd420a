"""The HTTP API (design, part 15), one file a subject."""
