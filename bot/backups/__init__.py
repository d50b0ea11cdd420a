"""Backups: made while everything runs, encrypted, proven by restoring them."""
