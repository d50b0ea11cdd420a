"""Chat histories as other programs export them, read as messages one by one."""
