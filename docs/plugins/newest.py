#!/usr/bin/env python3
"""How old the newest file of each folder is, as JSON: for configuration that changed, or backups that should have been made. Which folders: $FOLDERS."""

import json
import os
import time


def newest(folder):
    """When the newest file below was changed; none where there is no file."""
    files = (os.path.join(top, name) for top, _, names in os.walk(folder) for name in names)
    return max((os.lstat(file).st_mtime for file in files), default=None)


points = []
for folder in os.environ.get("FOLDERS", "/etc").split(":"):
    changed = newest(folder)
    if changed is not None:
        age = round(time.time() - changed, 3)
        points.append({"name": "age", "value": age, "unit": "s", "kind": "gauge", "tags": {"folder": folder}})
print(json.dumps(points))
