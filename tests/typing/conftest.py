from __future__ import annotations

# Nobody runs its tests: a type checker reads them.
collect_ignore = ["site"]
