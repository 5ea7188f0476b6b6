"""Parts of the weekly assignment."""
