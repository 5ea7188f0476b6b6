"""The data as open files: every ledger as CSV with a dictionary and schemas for two engines, and
back into a new office."""
