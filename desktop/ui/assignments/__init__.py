"""Parts of the weekly assignment and the monthly review."""
