//! What a reader knows of each instance between two samples, in the order in which the instances are shown.
//! While none comes or goes, finding one is a comparison, and nothing is allocated.

/// Instances and what is known of each.
#[derive(Debug)]
pub struct Roster<T> {
    known: Vec<(Box<[u8]>, T)>,
    /// How many have been met in this round.
    met: usize,
}

impl<T> Default for Roster<T> {
    fn default() -> Roster<T> {
        Roster {
            known: Vec::new(),
            met: 0,
        }
    }
}

impl<T> Roster<T> {
    /// Starts a round: each instance is to be met once more.
    pub fn begin(&mut self) {
        self.met = 0;
    }

    /// Meets `name`, which is made by `new` if it was not there in the last round.
    pub fn meet(&mut self, name: &[u8], new: impl FnOnce() -> T) -> &mut T {
        let at = self.met;
        self.met += 1;
        let is_here = |(known, _): &(Box<[u8]>, T)| **known == *name;
        match self.known[at..].iter().position(is_here) {
            Some(0) => {}
            // Those in between may have gone, or just changed places.
            Some(further) => self.known[at..=at + further].rotate_right(1),
            None => self.known.insert(at, (name.into(), new())),
        }
        &mut self.known[at].1
    }

    /// Ends a round: forgets those that were not met.
    pub fn end(&mut self) {
        self.known.truncate(self.met);
    }

    /// All, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &T)> {
        self.known.iter().map(|(name, known)| (&**name, known))
    }

    /// What is known of `name`.
    pub fn get(&self, name: &[u8]) -> Option<&T> {
        let (_, known) = self.known.iter().find(|(known, _)| **known == *name)?;
        Some(known)
    }
}

#[cfg(test)]
mod tests {
    use super::Roster;

    fn round(roster: &mut Roster<u32>, names: &[&str], new: u32) -> Vec<u32> {
        roster.begin();
        let met = names
            .iter()
            .map(|name| *roster.meet(name.as_bytes(), || new))
            .collect();
        roster.end();
        met
    }

    #[test]
    fn what_stays_is_kept_what_goes_is_forgotten() {
        let mut roster = Roster::default();
        assert_eq!(round(&mut roster, &["a", "b", "c"], 1), [1, 1, 1]);
        assert_eq!(round(&mut roster, &["a", "c", "d"], 2), [1, 1, 2]);
        assert_eq!(roster.get(b"b"), None);
        assert_eq!(round(&mut roster, &["d", "b", "a", "c"], 3), [2, 3, 1, 1]);
        assert_eq!(roster.get(b"d"), Some(&2));
        assert_eq!(round(&mut roster, &[], 4), [0; 0]);
        assert_eq!(round(&mut roster, &["a"], 5), [5]);
    }
}
