"""The masked edition: names and figures found and replaced before anything is set."""
