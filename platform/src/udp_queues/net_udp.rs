//! A line of `/proc/net/udp` and `/proc/net/udp6`:
//! `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer drops`.

use super::UdpQueues;
use crate::text::Cursor;

/// Adds the socket of one line, not the first, which names the columns. The error is what should have
/// stood there.
pub fn add_line(line: &[u8], queues: &mut UdpQueues) -> Result<(), &'static str> {
    const EXPECTED: &str = "a socket with tx_queue:rx_queue in its fifth column";
    let mut text = Cursor::new(line);
    for _ in 0..4 {
        text.field().ok_or(EXPECTED)?;
    }
    let transmit = text.hexadecimal().ok_or(EXPECTED)?;
    if !text.skip(b":") {
        return Err(EXPECTED);
    }
    let receive = text.hexadecimal().ok_or(EXPECTED)?;
    for _ in 0..7 {
        text.field();
    }
    let drops = text.number();
    queues.sockets += 1;
    queues.transmit = queues.transmit.saturating_add(transmit);
    queues.receive = queues.receive.saturating_add(receive);
    if let Some(drops) = drops {
        queues.drops = Some(queues.drops.unwrap_or(0).saturating_add(drops));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    const LINE: &[u8] = b" 1234: 0100007F:0035 00000000:0000 07 00000300:00000A00 00:00000000 00000000   101        0 17609 2 0000000000000000 12";

    #[test]
    fn sockets_are_added_up() {
        let mut queues = UdpQueues::default();
        add_line(LINE, &mut queues).unwrap();
        add_line(LINE, &mut queues).unwrap();
        assert_eq!(
            queues,
            UdpQueues {
                sockets: 2,
                transmit: 0x600,
                receive: 0x1400,
                drops: Some(24),
            }
        );
    }

    #[test]
    fn drops_are_not_known_on_old_kernels() {
        let mut queues = UdpQueues::default();
        let old = &LINE[..LINE.len() - "2 0000000000000000 12".len()];
        add_line(old, &mut queues).unwrap();
        assert_eq!((queues.receive, queues.drops), (0xa00, None));
        assert!(add_line(b" 1: 0100007F:0035", &mut queues).is_err());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        const LINES: usize = 12;
        each_damaged(LINE, |line| {
            let _ = add_line(line, &mut UdpQueues::default());
        });
        for (_, text) in each("proc/1/net/udp") {
            for line in text.split(|&byte| byte == b'\n').take(LINES) {
                each_damaged(line, |line| {
                    let _ = add_line(line, &mut UdpQueues::default());
                });
            }
        }
    }
}
