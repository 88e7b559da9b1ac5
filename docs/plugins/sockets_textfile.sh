#!/bin/sh
# Sockets by protocol as Prometheus' text, as a script for node_exporter's textfile collector prints it.
echo '# HELP node_protocol_sockets Sockets in use by protocol.'
echo '# TYPE node_protocol_sockets gauge'
awk 'NR > 1 { printf "node_protocol_sockets{protocol=\"%s\"} %.0f\n", $1, $3 }' /proc/net/protocols
