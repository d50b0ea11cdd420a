"""Everything that touches the world: channels, console, API, workers, command line."""
