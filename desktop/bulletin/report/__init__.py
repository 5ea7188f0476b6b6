"""Reports from declarations: templates filled from figures and records."""
