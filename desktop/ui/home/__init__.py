"""Parts of the first page: what to do now, and the numbers that open their rows."""
