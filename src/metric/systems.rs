//! Which series exist on which system, and where each comes from: one line a collector. Linux has every field that is not
//! macOS' alone ([`FieldInfo::is_macos_only`]); macOS has those that are named here. `docs/platforms.md` is made of it.

use goodall_platform::system::System;

use super::FieldInfo;

/// Some fields of a collector, and the call that gives them.
pub struct Source {
    /// The call or the file, as Markdown.
    pub from: &'static str,
    /// By their names.
    pub fields: &'static [&'static str],
}

/// Where a collector's fields come from.
pub struct Sources {
    /// Its name.
    pub collector: &'static str,
    /// On Linux: files and calls, as Markdown.
    pub linux: &'static str,
    /// On macOS; empty where macOS has nothing of the kind.
    pub macos: &'static [Source],
}

impl Sources {
    /// What gives a field on macOS.
    pub fn macos_source(&self, field: &str) -> Option<&'static str> {
        let gives = |source: &&Source| source.fields.contains(&field);
        self.macos.iter().find(gives).map(|source| source.from)
    }
}

/// A line of the table.
const fn both(collector: &'static str, linux: &'static str, macos: &'static [Source]) -> Sources {
    Sources {
        collector,
        linux,
        macos,
    }
}

/// A line of the table for what Linux alone has.
const fn linux(collector: &'static str, linux: &'static str) -> Sources {
    both(collector, linux, &[])
}

/// These fields are given by that call.
const fn by(from: &'static str, fields: &'static [&'static str]) -> Source {
    Source { from, fields }
}

/// A line for every collector.
#[rustfmt::skip]
pub static SOURCES: &[Sources] = &[
    both("cpu", "`/proc/stat`", &[
        by("`host_processor_info`", &["user", "nice", "system", "idle"]),
    ]),
    both("stat", "`/proc/stat`", &[
        by("sysctl `kern.boottime`", &["boot_time"]),
    ]),
    both("load", "`/proc/loadavg`", &[
        by("sysctl `vm.loadavg`", &["1m", "5m", "15m"]),
    ]),
    both("memory", "`/proc/meminfo`", &[
        by("sysctl `hw.memsize`", &["total"]),
        by("`host_statistics64`, sysctl `hw.memsize`", &["used"]),
        by("`host_statistics64`", &["free", "available", "active", "inactive", "wired", "compressed", "internal", "external", "purgeable", "speculative", "swapped_in", "swapped_out"]),
        by("sysctl `vm.swapusage`", &["swap_total", "swap_free", "swap_used"]),
    ]),
    both("vmstat", "`/proc/vmstat`", &[
        by("`host_statistics64`", &["pswpin", "pswpout", "pgfault", "pageins", "pageouts", "cow_faults", "zero_fills", "reactivations", "purges", "compressions", "decompressions"]),
    ]),
    linux("pressure", "`/proc/pressure`"),
    both("disk", "`/proc/diskstats`", &[
        by("IOKit: `IOBlockStorageDriver`", &["reads_completed", "read_bytes", "read_time", "writes_completed", "written_bytes", "write_time", "read_errors", "write_errors", "read_retries", "write_retries", "read_latency", "write_latency"]),
    ]),
    linux("disk_info", "`/run/udev/data`"),
    both("filesystem", "`/proc/self/mountinfo`, statvfs(3)", &[
        by("getfsstat(2)", &["total", "used", "free", "available", "files", "files_free", "read_only", "device_error"]),
    ]),
    both("network", "`/proc/net/dev`, `/sys/class/net`", &[
        by("sysctl `IFMIB_IFDATA`", &["receive_bytes", "transmit_bytes"]),
        by("sysctl `NET_RT_IFLIST2`", &["receive_packets", "receive_errs", "receive_drop", "receive_multicast", "transmit_packets", "transmit_errs", "transmit_drop", "transmit_colls", "noproto", "transmit_multicast", "up", "speed", "mtu"]),
    ]),
    linux("network_link", "`/sys/class/net`"),
    linux("network_info", "`/sys/class/net`"),
    both("netstat", "`/proc/net/netstat`", &[
        by("sysctl `net.inet.tcp.stats`", &["tcp_ext_listen_overflows", "tcp_ext_tcp_timeouts", "tcp_ext_tcp_ofo_queue"]),
    ]),
    both("snmp", "`/proc/net/snmp`", &[
        by("sysctl `net.inet.ip.forwarding`", &["ip_forwarding"]),
        by("sysctl `net.inet.icmp.stats`", &["icmp_in_msgs", "icmp_in_errors", "icmp_out_msgs"]),
        by("sysctl `net.inet.tcp.stats`", &["tcp_active_opens", "tcp_passive_opens", "tcp_in_segs", "tcp_out_segs", "tcp_retrans_segs", "tcp_in_errs"]),
        by("sysctl `net.inet.udp.stats`", &["udp_in_datagrams", "udp_no_ports", "udp_in_errors", "udp_out_datagrams", "udp_rcvbuf_errors"]),
    ]),
    both("snmp6", "`/proc/net/snmp6`", &[
        by("sysctl `net.inet6.icmp6.stats`", &["icmp6_in_msgs", "icmp6_in_errors", "icmp6_out_msgs"]),
    ]),
    linux("udp_queues", "`/proc/net/udp`, `/proc/net/udp6`"),
    linux("arp", "`/proc/net/arp`"),
    linux("sockstat", "`/proc/net/sockstat`, `/proc/net/sockstat6`"),
    linux("conntrack", "`/proc/sys/net/netfilter`, `/proc/net/stat/nf_conntrack`"),
    both("filefd", "`/proc/sys/fs/file-nr`", &[
        by("sysctl `kern.num_files`", &["allocated"]),
        by("sysctl `kern.maxfiles`", &["maximum"]),
        by("sysctl `kern.num_vnodes`", &["vnodes"]),
        by("sysctl `kern.maxvnodes`", &["vnodes_max"]),
    ]),
    linux("entropy", "`/proc/sys/kernel/random`"),
    linux("softnet", "`/proc/net/softnet_stat`"),
    linux("schedstat", "`/proc/schedstat`"),
    both("uptime", "`/proc/uptime`", &[
        by("sysctl `kern.boottime`", &["seconds"]),
    ]),
    both("time", "clock_gettime(2), adjtimex(2)", &[
        by("clock_gettime(2)", &["seconds"]),
    ]),
    both("info", "uname(2), os-release(5), `/sys/class/dmi/id`, `/sys/devices/system/clocksource`, localtime(3), `/sys/fs/selinux`", &[
        by("uname(3)", &["kernel"]),
        by("sysctl `kern.osproductversion`, `kern.osversion`", &["release", "version"]),
        by("sysctl `hw.model`", &["machine"]),
        by("localtime(3)", &["zone_offset"]),
    ]),
    both("thermal", "`/sys/class/thermal`", &[
        by("notify(3): `com.apple.system.thermalpressurelevel`", &["pressure"]),
        by("`IOPMCopyCPUPowerStatus`", &["cpu_scheduler_limit", "cpu_available", "cpu_speed_limit"]),
    ]),
    linux("hwmon", "`/sys/class/hwmon`"),
    linux("cpufreq", "`/sys/devices/system/cpu`"),
    both("processes", "`/proc/PID/stat`, `/proc/sys/kernel`", &[
        by("sysctl `KERN_PROC_ALL`", &["all", "running", "sleeping", "zombie", "stopped", "other"]),
        by("`processor_set_statistics`", &["threads"]),
        by("sysctl `kern.num_threads`", &["threads_max"]),
        by("sysctl `kern.maxproc`", &["processes_max"]),
    ]),
    both("self", "`/proc/PID/stat`, `/proc/PID/smaps_rollup`, clock_getcpuclockid(3), getrusage(2)", &[
        by("`proc_pidinfo`", &["cpu", "user", "system", "resident", "threads", "descriptors", "minor_faults", "major_faults"]),
        by("`proc_pid_rusage`", &["footprint"]),
        by("getrusage(2)", &["voluntary_switches", "involuntary_switches"]),
        by("goodall itself", &["samples", "rows", "frames", "ticks_late", "ticks_missed", "errors", "panics", "refused", "lateness_max",
            "answers", "client_errors", "server_errors", "sent", "cut_connections", "streams", "lag", "shipped", "retried", "rejected", "lost"]),
    ]),
];

/// What is known of a collector.
pub fn sources(collector: &str) -> Option<&'static Sources> {
    SOURCES
        .iter()
        .find(|sources| sources.collector == collector)
}

/// Whether a system has that field of a collector.
pub fn has(system: System, collector: &str, field: &FieldInfo) -> bool {
    match system {
        System::Linux => !field.is_macos_only,
        System::MacOs => {
            sources(collector).is_none_or(|known| known.macos_source(field.name).is_some())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::metric::{COLLECTORS, collector};

    #[test]
    fn every_collector_has_its_line_in_the_catalogues_order() {
        let known = SOURCES.iter().map(|sources| sources.collector);
        assert!(known.eq(COLLECTORS.iter().map(|collector| collector.name)));
        assert!(SOURCES.iter().all(|sources| !sources.linux.is_empty()));
    }

    #[test]
    fn every_field_named_is_one_of_the_collectors_and_named_once() {
        for sources in SOURCES {
            let fields = collector(sources.collector).unwrap().fields;
            let mut seen = HashSet::new();
            for name in sources.macos.iter().flat_map(|source| source.fields) {
                let name = *name;
                let here = sources.collector;
                assert!(
                    fields.iter().any(|field| field.name == name),
                    "{here}.{name}"
                );
                assert!(seen.insert(name), "{here}.{name} stands twice");
            }
        }
    }

    #[test]
    fn every_field_exists_somewhere() {
        for collector in COLLECTORS {
            for field in collector.fields.iter() {
                let exists = |system| has(system, collector.name, field);
                let name = format!("{}.{}", collector.name, field.name);
                assert!(exists(System::Linux) || exists(System::MacOs), "{name}");
                assert_ne!(field.is_macos_only, exists(System::Linux), "{name}");
            }
        }
    }
}
