//! What collectd's types.db says of types: the names of their values and which only rise. All types with
//! several values are here, and the usual of those with one that rises; `tests/it/collectd_types.rs` holds
//! this against the file that collectd comes with.

use crate::metric::Kind;

/// A line a type with several values: their names, `+` before one that rises.
const SEVERAL: &str = "
arc_counts +demand_data +demand_metadata +prefetch_data +prefetch_metadata
arc_l2_bytes +read +write
arc_size current target minlimit maxlimit
compression +uncompressed +compressed
df used free
disk_io_time +io_time +weighted_io_time
disk_latency read write
disk_merged +read +write
disk_octets +read +write
disk_ops +read +write
disk_time +read +write
dns_octets +queries +responses
domain_state state reason
ib_octets +rx +tx
ib_packets +rx +tx
if_dropped +rx +tx
if_errors +rx +tx
if_octets +rx +tx
if_packets +rx +tx
io_octets +rx +tx
io_ops +read +write
io_packets +rx +tx
load shortterm midterm longterm
memcached_octets +rx +tx
mysql_octets +rx +tx
mysql_qcache +hits +inserts +not_cached +lowmem_prunes queries_in_cache
mysql_threads running connected cached +created
node_octets +rx +tx
ps_count processes threads
ps_cputime +user +syst
ps_disk_octets +read +write
ps_disk_ops +read +write
ps_pagefaults +minflt +majflt
serial_octets +rx +tx
smart_attribute current worst threshold pretty
vf_bytes +vf_rx +vf_tx
vf_dropped +vf_rx +vf_tx
vf_packets +vf_rx +vf_tx
vmpage_faults +minflt +majflt
vmpage_io +in +out
voltage_threshold value threshold
";

/// Types of one value that rises.
const RISING: &str = "
apache_bytes apache_requests ath_stat cache_eviction cache_operation cache_result commands connections contextswitch
counter cpu derive disk_ops_complex dns_opcode dns_qtype dns_query dns_rcode dns_request dns_response errors fork_rate
hash_collisions http_requests http_response_codes if_collisions if_multicast if_rx_dropped if_rx_errors if_rx_octets
if_rx_packets if_tx_dropped if_tx_errors if_tx_octets if_tx_packets invocations ipt_bytes ipt_packets irq
memcached_command memcached_ops mysql_commands mysql_handler mysql_locks mysql_select mysql_slow_queries nfs_procedure
nginx_requests operations packets pf_counters pg_blks pg_n_tup_c pg_scan pg_xact protocol_counter swap_io total_bytes
total_connections total_events total_objects total_operations total_requests total_sessions total_threads
total_time_in_ms total_values transitions virt_cpu_total virt_vcpu vmpage_action
";

/// What is known of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Several values; the rest of its line.
    Several(&'static str),
    /// One that rises.
    Rising,
    /// Nothing: any number of values, that are named by their place where there are several.
    Unknown,
}

impl Type {
    /// The type of that name.
    pub fn of(name: &[u8]) -> Type {
        let several = SEVERAL.lines().find_map(|line| {
            let (known, sources) = line.split_once(' ')?;
            (known.as_bytes() == name).then_some(sources)
        });
        if let Some(sources) = several {
            return Type::Several(sources);
        }
        let mut rising = RISING.split_ascii_whitespace();
        if rising.any(|known| known.as_bytes() == name) {
            Type::Rising
        } else {
            Type::Unknown
        }
    }

    /// How many values it has, where that is known.
    pub fn len(self) -> Option<usize> {
        match self {
            Type::Several(sources) => Some(sources.split(' ').count()),
            Type::Rising => Some(1),
            Type::Unknown => None,
        }
    }

    /// The name, of one of several, and the kind of the value at `place` of `count`.
    pub fn source(self, place: usize, count: usize) -> (Option<&'static str>, Option<Kind>) {
        match self {
            Type::Several(sources) => match sources
                .split(' ')
                .nth(place)
                .map(|s| (s.strip_prefix('+'), s))
            {
                Some((Some(name), _)) => (Some(name), Some(Kind::Counter)),
                Some((None, name)) => (Some(name), Some(Kind::Gauge)),
                None => (None, None),
            },
            Type::Rising => (None, Some(Kind::Counter)),
            Type::Unknown if count > 1 => (PLACES.get(place).copied(), None),
            Type::Unknown => (None, None),
        }
    }
}

/// The most values of a type that is not known.
pub const PLACES_MAX: usize = PLACES.len();
const PLACES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
