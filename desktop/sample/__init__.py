"""The parts of the made-up office: what ``desktop/demo.py`` fills the ledgers with."""
