#!/bin/sh
# Sessions as collectd's plugin `exec` takes them: the script runs on, and prints a PUTVAL each interval.
host=${COLLECTD_HOSTNAME:-$(uname -n)}
interval=${COLLECTD_INTERVAL:-10}
while :; do
    echo "PUTVAL $host/sessions/users interval=$interval N:$(who | wc -l)"
    sleep "$interval" || exit
done
