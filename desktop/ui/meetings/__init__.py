"""Parts of the page of meetings: minutes, opening a session."""
