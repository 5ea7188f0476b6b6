"""The editor of a draft: plain typing with figures as chips."""
