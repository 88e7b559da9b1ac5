//! The lines of `/proc/net/arp`: `address type flags hardware_address mask device`.

use crate::text::Cursor;

/// An interface's name has fifteen bytes (`IFNAMSIZ`, netdevice(7)); a longer one is cut.
const DEVICE_SIZE_MAX: usize = 15;

/// A device and its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Device {
    name: [u8; DEVICE_SIZE_MAX],
    /// Its neighbours.
    pub entries: u64,
}

impl Device {
    /// Its name.
    pub fn name(&self) -> &[u8] {
        let end = self.name.iter().position(|&byte| byte == 0);
        &self.name[..end.unwrap_or(DEVICE_SIZE_MAX)]
    }
}

/// Counts the neighbour of one line, not the first, which names the columns. The error is what should
/// have stood there.
pub fn add_line(line: &[u8], devices: &mut Vec<Device>) -> Result<(), &'static str> {
    let mut text = Cursor::new(line);
    let mut last = None;
    let mut count = 0;
    while let Some(field) = text.field() {
        last = Some(field);
        count += 1;
    }
    let Some(device) = last.filter(|_| count >= 6) else {
        return Err("a neighbour with its device in the sixth column");
    };
    let mut name = [0; DEVICE_SIZE_MAX];
    let size = device.len().min(DEVICE_SIZE_MAX);
    name[..size].copy_from_slice(&device[..size]);
    match devices.iter_mut().find(|device| device.name == name) {
        Some(device) => device.entries += 1,
        None => devices.push(Device { name, entries: 1 }),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn neighbours_are_counted_by_device() {
        let mut devices = Vec::new();
        for line in [
            "192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0",
            "192.0.2.2        0x1         0x0         00:00:00:00:00:00     *        docker0",
            "192.0.2.3        0x1         0x2         02:fc:00:00:00:06     *        eth0",
        ] {
            add_line(line.as_bytes(), &mut devices).unwrap();
        }
        let found: Vec<_> = devices
            .iter()
            .map(|device| (device.name(), device.entries))
            .collect();
        assert_eq!(found, [(&b"eth0"[..], 2), (b"docker0", 1)]);
        assert!(add_line(b"192.0.2.1 0x1 0x2", &mut devices).is_err());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        const LINES: usize = 12;
        for (_, text) in each("proc/1/net/arp") {
            for line in text.split(|&byte| byte == b'\n').take(LINES) {
                each_damaged(line, |line| {
                    let _ = add_line(line, &mut Vec::new());
                });
            }
        }
    }
}
