"""The staff console: requests and their evidence, conversations, customers, the trace. One subject a file."""
