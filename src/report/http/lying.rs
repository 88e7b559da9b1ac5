//! Connections that are left lying. tiny_http counts a thread as free until it has woken up; of connections
//! that come at one moment, more may be left to its free threads than there are, and then lie until one of
//! these ends, or another connection comes and finds no thread free: it is given a new one, which then takes
//! up what lies. So where bytes stay unread, such a connection is made: that is the help.

use std::time::Duration;

use goodall_platform::connection::Unread;

/// How long the bytes of a connection stay unread before it is helped, and again. One that no help reaches,
/// since nobody will ever read it, gets no more.
const HELP_AFTER: [Duration; 5] = [
    Duration::from_millis(3),
    Duration::from_millis(40),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
];
/// Help at one look: a new thread each.
const HELP_MAX: usize = 16;
/// With more descriptors open than that, of the 255 that there may be, threads are short too: none is spent.
const OPEN_MAX: usize = 160;
/// When to look again where help is wanted and not given.
const LATER: Duration = Duration::from_millis(50);

/// The connections that were seen unread.
#[derive(Debug, Default)]
pub struct Lying {
    known: Vec<Lain>,
}

#[derive(Debug)]
struct Lain {
    seen: Unread,
    since: Duration,
    helped: usize,
}

impl Lying {
    /// Takes what is unread at that time, with so many descriptors open. How often to help, and after which
    /// time to look again, if that is to be before anything comes.
    pub fn look(
        &mut self,
        unread: &[Unread],
        open: usize,
        now: Duration,
    ) -> (usize, Option<Duration>) {
        let same = |id| unread.iter().find(move |unread| unread.id == id);
        self.known.retain_mut(|lain| match same(lain.seen.id) {
            None => false,
            Some(seen) => {
                if *seen != lain.seen {
                    // A busy connection: other bytes are unread now.
                    (lain.seen, lain.since) = (*seen, now);
                }
                true
            }
        });
        for &seen in unread {
            if !self.known.iter().any(|lain| lain.seen == seen) {
                self.known.push(Lain {
                    seen,
                    since: now,
                    helped: 0,
                });
            }
        }
        let (mut helped, mut again) = (0, None::<Duration>);
        for lain in &mut self.known {
            let age = now.saturating_sub(lain.since);
            let is_short = helped == HELP_MAX || open > OPEN_MAX;
            let wait = match HELP_AFTER.get(lain.helped) {
                None => continue,
                Some(&after) if age < after => after.saturating_sub(age),
                Some(_) if is_short => LATER,
                Some(_) => {
                    helped += 1;
                    lain.helped += 1;
                    // Whether it was of use is seen at once.
                    HELP_AFTER[0]
                }
            };
            again = Some(again.map_or(wait, |other| other.min(wait)));
        }
        (helped, again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn unread(ids: impl IntoIterator<Item = u64>) -> Vec<Unread> {
        let unread = ids.into_iter().map(|id| Unread { id, came: 1 });
        unread.collect()
    }

    #[test]
    fn what_is_read_by_the_next_look_is_not_helped() {
        let mut lying = Lying::default();
        assert_eq!(lying.look(&[], 10, at(0)), (0, None));
        assert_eq!(lying.look(&unread([7]), 10, at(1)), (0, Some(at(3))));
        assert_eq!(lying.look(&unread([8]), 10, at(4)), (0, Some(at(3))));
        assert_eq!(lying.look(&[], 10, at(7)), (0, None));
    }

    #[test]
    fn what_stays_unread_is_helped_a_few_times_and_then_left_alone() {
        let mut lying = Lying::default();
        let mut now = at(0);
        let mut helps = Vec::new();
        loop {
            let (helped, again) = lying.look(&unread([7]), 10, now);
            helps.extend((0..helped).map(|_| now));
            match again {
                Some(again) => now += again,
                None => break,
            }
        }
        assert_eq!(helps, HELP_AFTER);
        // nor does it begin anew
        assert_eq!(lying.look(&unread([7]), 10, at(60_000)), (0, None));
        assert_eq!(
            lying.look(&[Unread { id: 7, came: 2 }], 10, at(60_003)),
            (0, None)
        );
        assert_eq!(
            lying.look(&unread([7, 8]), 10, at(60_006)),
            (0, Some(at(3)))
        );
    }

    #[test]
    fn a_busy_connection_does_not_lie() {
        let mut lying = Lying::default();
        for came in 0..100 {
            let (helped, again) =
                lying.look(&[Unread { id: 7, came }], 10, at(3 * u64::from(came)));
            assert_eq!((helped, again), (0, Some(at(3))));
        }
    }

    #[test]
    fn help_leaves_a_reserve_of_threads() {
        let many = unread(0..40);
        let mut lying = Lying::default();
        assert_eq!(lying.look(&many, 90, at(0)).0, 0);
        assert_eq!(lying.look(&many, OPEN_MAX + 1, at(3)), (0, Some(LATER)));
        assert_eq!(lying.look(&many, 90, at(6)), (HELP_MAX, Some(at(3))));
        assert_eq!(lying.look(&many[16..], 90, at(9)).0, HELP_MAX);
        assert_eq!(lying.look(&many[32..], 90, at(12)).0, 8);
    }
}
