"""An import written, undone, its outcome for the sender; conflicts decided."""
