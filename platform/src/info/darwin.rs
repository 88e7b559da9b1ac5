//! The labels of macOS' facts, as node_exporter has them, out of the texts that the system gives.

use super::os_release;
use crate::reader::{Label, Labels};

/// What uname(2) says, in the kernel's own order.
#[derive(Clone, Copy, Debug)]
pub struct Uname<'a> {
    /// `Darwin`.
    pub system: &'a [u8],
    /// The host's name, with its domain where it has one.
    pub node: &'a [u8],
    /// The kernel's version.
    pub release: &'a [u8],
    /// The kernel's build.
    pub version: &'a [u8],
    /// `arm64` or `x86_64`.
    pub machine: &'a [u8],
}

/// The labels of uname(2): the domain, which macOS has no field for, is what follows the first dot.
pub fn kernel(uname: &Uname) -> Labels {
    let dot = uname.node.iter().position(|&byte| byte == b'.');
    let (node, domain) = match dot {
        Some(dot) => (&uname.node[..dot], &uname.node[dot + 1..]),
        None => (uname.node, &b"(none)"[..]),
    };
    vec![
        Label::of("domainname", domain),
        Label::of("machine", uname.machine),
        Label::of("nodename", node),
        Label::of("release", uname.release),
        Label::of("sysname", uname.system),
        Label::of("version", uname.version),
    ]
}

/// The labels of the system's release; the few that stand beside its version; that.
pub fn release(product: &str, build: &str) -> (Labels, Labels, f64) {
    const NAME: &str = "macOS";
    let label = |name: &str, value: &str| Label::of(name, value.as_bytes());
    let labels = [
        ("build_id", build),
        ("id", ""),
        ("id_like", ""),
        ("image_id", ""),
        ("image_version", ""),
        ("name", NAME),
        ("pretty_name", ""),
        ("variant", ""),
        ("variant_id", ""),
        ("version", product),
        ("version_codename", ""),
        ("version_id", product),
    ];
    let labels = labels.map(|(name, value)| label(name, value)).to_vec();
    let few = [("id", ""), ("id_like", ""), ("name", NAME)];
    let few = few.map(|(name, value)| label(name, value)).to_vec();
    (labels, few, os_release::version(product))
}

/// The labels of the hardware.
pub fn machine(model: &str) -> Labels {
    vec![
        Label::of("product_name", model.as_bytes()),
        Label::of("system_vendor", b"Apple Inc."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(labels: &Labels) -> String {
        let label = |label: &Label| format!("{}={}", label.name, label.value);
        labels.iter().map(label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_domain_is_taken_from_the_hosts_name() {
        let uname = |node| Uname {
            system: b"Darwin",
            node,
            release: b"24.5.0",
            version: b"Darwin Kernel Version 24.5.0",
            machine: b"arm64",
        };
        let labels = kernel(&uname(b"mini.example.org"));
        assert_eq!(
            text(&labels),
            "domainname=example.org machine=arm64 nodename=mini release=24.5.0 sysname=Darwin version=Darwin Kernel Version 24.5.0"
        );
        assert_eq!(kernel(&uname(b"mini"))[0].value, "(none)");
    }

    #[test]
    fn the_release_has_its_version_as_a_number_too() {
        let (labels, few, version) = release("15.5.1", "24F74");
        assert_eq!((labels.len(), few.len()), (12, 3));
        assert!(labels.is_sorted());
        assert!(text(&labels).contains("version=15.5.1"));
        assert!((version - 15.5).abs() < 1e-9);
        assert_eq!(
            text(&machine("Mac14,3")),
            "product_name=Mac14,3 system_vendor=Apple Inc."
        );
    }
}
