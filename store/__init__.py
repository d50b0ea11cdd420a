"""Keeps and protects: units of work, tables, encryption, audit, outbox and jobs."""
