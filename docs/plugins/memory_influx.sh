#!/bin/sh
# Memory as Influx's line protocol, as a script for Telegraf's input `exec` prints it.
awk -v host="${GOODALL_HOSTNAME:-$(uname -n)}" '
    $1 == "MemTotal:" { total = $2 * 1024 }
    $1 == "MemAvailable:" { available = $2 * 1024 }
    END { printf "mem,host=%s total=%.0fi,available=%.0fi,used_percent=%.3f\n", host, total, available, 100 * (1 - available / total) }
' /proc/meminfo
