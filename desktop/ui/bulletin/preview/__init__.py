"""Pages as they will be printed: shown, masked, printed, saved."""
