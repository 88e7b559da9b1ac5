//! Counters of 32 bits that the kernel lets run over, made to rise for ever. They are looked at often enough that they
//! never rise by half their range in between; so what looks like a fall by less is one, and the highest is kept.

/// One counter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Widened {
    seen: Option<u32>,
    total: u64,
}

impl Widened {
    /// What is shown where the kernel says `now`: the kernel's own number until it first ran over.
    pub fn take(&mut self, now: u32) -> u64 {
        match self.seen {
            None => {
                self.total = u64::from(now);
                self.seen = Some(now);
            }
            Some(seen) => {
                let step = now.wrapping_sub(seen);
                if step.cast_signed() > 0 {
                    self.total += u64::from(step);
                    self.seen = Some(now);
                }
            }
        }
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_ran_over_goes_on() {
        let mut counter = Widened::default();
        assert_eq!(counter.take(u32::MAX - 1), u64::from(u32::MAX) - 1);
        assert_eq!(counter.take(3), u64::from(u32::MAX) + 4);
        assert_eq!(counter.take(3), u64::from(u32::MAX) + 4);
        assert_eq!(counter.take(10), u64::from(u32::MAX) + 11);
    }

    #[test]
    fn a_small_fall_is_not_taken_for_a_round() {
        let mut counter = Widened::default();
        assert_eq!(counter.take(1000), 1000);
        assert_eq!(counter.take(998), 1000);
        assert_eq!(counter.take(1001), 1001);
    }
}
