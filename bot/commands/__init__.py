"""The commands of `tellonce`, one file a subject. Each imports what it needs when it runs."""
