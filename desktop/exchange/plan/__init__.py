"""What an import would do; nothing is written.

``ImportPlanner`` reads the file; its ``_plan_touched`` is the way of the rows that somebody typed
into, ``MergePlanner._plan_row`` that of each; what comes of it has the shapes of ``import_plan``.

Where a check stands, by what it asks:

- of a file, whether it can be believed: ``exchange.errors`` and whoever sees it first
  (``files.precheck``, ``files.reader``, ``import_planner``, ``provenance``);
- of a row or cell, whether it can be read: ``row_parser``, ``cell_reader``, ``mark_reader``;
- whether it is an accident: a module in ``accidents``, ``deduplicate``, ``sheet_identity``, with a
  code in ``cell_accounting.CODES``; what is not taken at all: ``left_over``;
- whether the sender may: ``typed_refusals``, ``write_authority``; whether anybody may:
  ``validation``; wrong only beside another row: ``batch_constraints``.

What becomes of a cell is a ``Status`` in ``import_plan``, with its list in ``to_json`` and its word
in ``apply.outcome``.
"""
