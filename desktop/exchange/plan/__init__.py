"""What an import would do; nothing is written.

``ImportPlanner`` reads the file; its ``_plan_touched`` is the way of the rows that somebody typed
into, ``MergePlanner._plan_row`` that of each; what comes of it has the shapes of ``import_plan``.
"""
