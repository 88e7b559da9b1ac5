//! Connections that are cut for their silence: tiny_http sets them no limit in time. What the kernel knows of
//! them suffices (`goodall_platform::silence`), so that they cost nothing until one is due.

use std::net::SocketAddr;
use std::time::Duration;

use goodall_platform::silence::Talk;

/// How long the head of a request may take, from its first byte on.
pub const HEAD_MAX: Duration = Duration::from_secs(10);
/// How long a connection may be silent, both ways: longer than the minute after which some ask again.
const IDLE_MAX: Duration = Duration::from_secs(90);
/// Of more connections than that, those that are silent for longest are cut before it ...
pub const CONNECTIONS_MAX: usize = 64;
/// ... if they are for so long.
const CROWDED_IDLE_MAX: Duration = Duration::from_secs(2);
/// From one sweep to the next, at least.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Who is being answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtWork {
    /// Their addresses.
    pub peers: Vec<SocketAddr>,
    /// Whether others may be waiting for that.
    pub is_busy: bool,
}

/// A connection that is to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Its number.
    pub id: u64,
    /// The other side.
    pub peer: SocketAddr,
    /// Whether it was in the middle of a head.
    pub is_head: bool,
}

/// The heads that are under way: their connections, and since when.
#[derive(Debug, Default)]
pub struct Sweep {
    heads: Vec<(u64, Duration)>,
}

impl Sweep {
    /// Judges the connections as they are at that time: which to cut, and when to come again.
    pub fn judge(
        &mut self,
        talks: &[Talk],
        at_work: &AtWork,
        now: Duration,
    ) -> (Vec<Overdue>, Option<Duration>) {
        let (mut cut, mut kept) = (Vec::new(), Vec::new());
        let mut heads = Vec::new();
        let mut again = None::<Duration>;
        for talk in talks {
            let is_head = talk.is_unanswered;
            let waits = at_work.peers.contains(&talk.peer) || is_head && at_work.is_busy;
            let left = if waits {
                // It may be us that it waits for.
                HEAD_MAX
            } else if is_head {
                let begun = self.begun(talk, now);
                heads.push((talk.id, begun));
                HEAD_MAX.saturating_sub(now.saturating_sub(begun))
            } else {
                IDLE_MAX.saturating_sub(talk.heard.min(talk.said))
            };
            let one = Overdue {
                id: talk.id,
                peer: talk.peer,
                is_head,
            };
            if left.is_zero() {
                cut.push(one);
                continue;
            }
            if !waits {
                kept.push((talk.heard.min(talk.said), one));
            }
            let wait = left.max(PAUSE);
            again = Some(again.map_or(wait, |other| other.min(wait)));
        }
        self.heads = heads;
        let surplus = (talks.len() - cut.len()).saturating_sub(CONNECTIONS_MAX);
        if surplus > 0 {
            kept.sort_unstable_by_key(|&(silent, _)| std::cmp::Reverse(silent));
            let silent = kept
                .iter()
                .take_while(|(silent, _)| *silent >= CROWDED_IDLE_MAX);
            cut.extend(silent.take(surplus).map(|&(_, one)| one));
            again = Some(PAUSE);
        }
        (cut, again)
    }

    /// When the head began that is under way: at the latest when it was first seen, unless something was said
    /// since.
    fn begun(&self, talk: &Talk, now: Duration) -> Duration {
        let known = self.heads.iter().find(|(id, _)| *id == talk.id);
        let said = now.saturating_sub(talk.said);
        match known {
            Some(&(_, begun)) if begun >= said => begun,
            _ => now.saturating_sub(talk.heard),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// One that was heard and that we spoke to so many seconds ago.
    fn talk(id: u64, heard: u64, said: u64) -> Talk {
        Talk {
            id,
            peer: peer(id),
            heard: seconds(heard),
            said: seconds(said),
            is_unanswered: heard < said,
        }
    }

    fn peer(id: u64) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], u16::try_from(id).unwrap()))
    }

    fn ids(cut: &[Overdue]) -> Vec<u64> {
        cut.iter().map(|one| one.id).collect()
    }

    #[test]
    fn a_silent_connection_is_cut_after_its_time_and_not_before() {
        let mut sweep = Sweep::default();
        let nobody = AtWork::default();
        let (cut, again) = sweep.judge(&[talk(1, 60, 60)], &nobody, seconds(HOUR));
        assert_eq!((ids(&cut), again), (vec![], Some(seconds(30))));
        let (cut, again) = sweep.judge(&[talk(1, 90, 90), talk(2, 89, 89)], &nobody, seconds(HOUR));
        assert_eq!((ids(&cut), again), (vec![1], Some(seconds(1))));
        assert!(!cut[0].is_head);
        assert_eq!(sweep.judge(&[], &nobody, seconds(HOUR)), (vec![], None));
    }

    #[test]
    fn a_head_has_its_time_from_when_it_is_first_seen_however_it_trickles() {
        let mut sweep = Sweep::default();
        let nobody = AtWork::default();
        let (cut, again) = sweep.judge(&[talk(1, 3, 50)], &nobody, seconds(HOUR));
        assert_eq!((ids(&cut), again), (vec![], Some(seconds(7))));
        // heard again, and never answered
        let (cut, again) = sweep.judge(&[talk(1, 0, 56)], &nobody, seconds(HOUR + 6));
        assert_eq!((ids(&cut), again), (vec![], Some(seconds(1))));
        let (cut, again) = sweep.judge(&[talk(1, 1, 57)], &nobody, seconds(HOUR + 7));
        assert_eq!((ids(&cut), again), (vec![1], None));
        assert!(cut[0].is_head);
    }

    #[test]
    fn a_busy_connection_is_never_late() {
        let mut sweep = Sweep::default();
        for second in (0..100).step_by(5) {
            // each time another request has just come, and the one before was answered
            let now = seconds(HOUR + second);
            let (cut, _) = sweep.judge(&[talk(1, 0, 2)], &AtWork::default(), now);
            assert!(cut.is_empty());
        }
    }

    #[test]
    fn who_waits_for_us_is_not_late() {
        let mut sweep = Sweep::default();
        let answered = AtWork {
            peers: vec![peer(1)],
            is_busy: false,
        };
        let busy = AtWork {
            peers: vec![],
            is_busy: true,
        };
        for at_work in [&answered, &busy] {
            let (cut, again) = sweep.judge(&[talk(1, 100, 200)], at_work, seconds(HOUR));
            assert_eq!((ids(&cut), again), (vec![], Some(HEAD_MAX)));
        }
        let (cut, _) = sweep.judge(&[talk(2, 100, 200)], &answered, seconds(HOUR));
        assert_eq!(ids(&cut), [2]);
    }

    #[test]
    fn of_too_many_the_longest_silent_go_first() {
        let mut sweep = Sweep::default();
        let nobody = AtWork::default();
        let count = u64::try_from(CONNECTIONS_MAX).unwrap();
        let mut talks: Vec<Talk> = (1..=count).map(|id| talk(id, 5, 5)).collect();
        let (cut, again) = sweep.judge(&talks, &nobody, seconds(HOUR));
        assert_eq!((ids(&cut), again), (vec![], Some(seconds(85))));
        talks.extend([talk(100, 50, 50), talk(101, 0, 0), talk(102, 30, 30)]);
        let (cut, again) = sweep.judge(&talks, &nobody, seconds(HOUR));
        assert_eq!(ids(&cut)[..2], [100, 102]);
        assert_eq!((cut.len(), again), (3, Some(PAUSE)));
        // who works is left alone, however many they are
        let talks: Vec<Talk> = (1..=2 * count).map(|id| talk(id, 1, 1)).collect();
        let (cut, again) = sweep.judge(&talks, &nobody, seconds(HOUR));
        assert_eq!((ids(&cut), again), (vec![], Some(PAUSE)));
    }
}
