#!/bin/sh
# Files and bytes in a folder, as lines of Graphite: `name value`, and nothing more. Which folder: $FOLDER.
folder=${FOLDER:-/var/spool}
echo "files $(find "$folder" -xdev -type f 2>/dev/null | wc -l)"
echo "bytes $(find "$folder" -xdev -type f -printf '%s\n' 2>/dev/null | awk '{ sum += $1 } END { printf "%.0f", sum }')"
