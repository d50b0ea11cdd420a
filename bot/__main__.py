"""`python -m bot` is `tellonce`."""

from bot.cli import main

main()
