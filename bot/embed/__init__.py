"""Adapters for bots that others run. Each is one file that needs nothing else of TellOnce: `tellonce embed NAME`."""
