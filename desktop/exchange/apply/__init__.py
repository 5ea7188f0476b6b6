"""An import written, undone, told to its sender; conflicts decided."""
