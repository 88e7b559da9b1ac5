//! What the children count of their own work, for the `self` collector: HTTP answers, and how shipping stands.
//! Who faces the network may not write the ring, so a child stores its numbers to a page, which the gatherer
//! maps for reading and records. Nothing is parsed, and nothing is believed but that a number is one: a child that
//! stores nonsense has nonsense recorded under its own name.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

use goodall_platform::inherit;
use goodall_platform::map::{GivenPage, SHARED_WORDS, SharedPage};

/// Numbers of one part; a cache line.
pub const PART_WORDS: usize = 8;
/// Parts that a page has room for; what is beyond is not recorded.
const PARTS_MAX: usize = SHARED_WORDS / PART_WORDS;

/// Numbers of one part.
pub type Numbers = [u64; PART_WORDS];

/// What the reporter counts: the places of its numbers.
#[derive(Clone, Copy, Debug)]
pub enum Http {
    /// Requests answered.
    Answers,
    /// Those of them that were answered with 4xx.
    ClientErrors,
    /// With 5xx.
    ServerErrors,
    /// Bytes of answers.
    SentBytes,
    /// Connections cut.
    CutConnections,
    /// Long answers being sent.
    Streams,
}

/// What the shipper counts of each destination: the places of its numbers.
#[derive(Clone, Copy, Debug)]
pub enum Ship {
    /// Nanoseconds that it is behind.
    LagNs,
    /// Samples acknowledged.
    Shipped,
    /// Batches tried again.
    Retried,
    /// Samples that the store would not have.
    Rejected,
    /// Samples overwritten before they were sent.
    Lost,
}

/// A child's numbers as the gatherer has them. They outlive the child, so that the next goes on.
#[derive(Debug)]
pub struct Tally {
    page: SharedPage,
    /// The instances of `self`, in the order of their numbers.
    parts: Vec<String>,
}

/// Where the `self` collector finds the numbers of a child.
pub type Slot = Mutex<Option<Arc<Tally>>>;

impl Tally {
    /// The reporter's.
    pub fn of_reporter() -> io::Result<Tally> {
        Tally::of(vec!["http".to_owned()])
    }

    /// The shipper's, which has these destinations.
    pub fn of_shipper<'a>(destinations: impl Iterator<Item = &'a str>) -> io::Result<Tally> {
        let parts = destinations.map(|name| format!("ship_{name}"));
        Tally::of(parts.take(PARTS_MAX).collect())
    }

    fn of(parts: Vec<String>) -> io::Result<Tally> {
        Ok(Tally {
            page: SharedPage::new()?,
            parts,
        })
    }

    /// Every part's numbers as they are now.
    pub fn each(&self, show: &mut dyn FnMut(&[u8], Numbers)) {
        for (at, part) in self.parts.iter().enumerate() {
            let numbers = std::array::from_fn(|word| self.page.load(at * PART_WORDS + word));
            show(part.as_bytes(), numbers);
        }
    }

    /// Shows them to the `self` collector from now on, in place of those before.
    pub fn show(tally: Option<&Arc<Tally>>, slot: &Slot) {
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = tally.cloned();
    }
}

impl AsFd for Tally {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.page.as_fd()
    }
}

/// A child's numbers as it has them; none where no gatherer asks for any.
#[derive(Debug, Default)]
pub struct Sheet(Option<GivenPage>);

impl Sheet {
    /// That behind an inherited descriptor.
    pub fn inherited(fd: Option<RawFd>) -> io::Result<Sheet> {
        let page = fd.map(|fd| inherit::take(fd).and_then(GivenPage::open));
        Ok(Sheet(page.transpose()?))
    }

    /// Adds to the reporter's; to add the negative of a number takes it away.
    #[inline]
    pub fn count(&self, number: Http, more: u64) {
        if let Some(page) = &self.0 {
            page.words()[number as usize].fetch_add(more, Relaxed);
        }
    }

    /// Sets the reporter's.
    pub fn set(&self, number: Http, value: u64) {
        if let Some(page) = &self.0 {
            page.words()[number as usize].store(value, Relaxed);
        }
    }

    /// Those of the destination at that place of the configuration.
    pub fn of_destination(&self, at: usize, number: Ship) -> u64 {
        self.0.as_ref().map_or(0, |page| {
            let word = page.words().get(at * PART_WORDS + number as usize);
            word.map_or(0, |word| word.load(Relaxed))
        })
    }

    /// Sets those of a destination.
    pub fn set_of_destination(&self, at: usize, number: Ship, value: u64) {
        if let Some(page) = &self.0
            && let Some(word) = page.words().get(at * PART_WORDS + number as usize)
        {
            word.store(value, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(tally: &Tally) -> Sheet {
        let fd = tally.as_fd().try_clone_to_owned().unwrap();
        Sheet(Some(GivenPage::open(fd).unwrap()))
    }

    fn all(tally: &Tally) -> Vec<(String, Numbers)> {
        let mut all = Vec::new();
        tally.each(&mut |part, numbers| {
            all.push((String::from_utf8(part.to_vec()).unwrap(), numbers));
        });
        all
    }

    #[test]
    fn the_next_child_goes_on_where_the_last_one_ended() {
        let tally = Tally::of_reporter().unwrap();
        for _ in 0..2 {
            let sheet = sheet(&tally);
            sheet.set(Http::Streams, 1);
            sheet.count(Http::Answers, 3);
            sheet.count(Http::SentBytes, 500);
        }
        let expected = [6, 0, 0, 1000, 0, 1, 0, 0];
        assert_eq!(all(&tally), [("http".to_owned(), expected)]);
    }

    #[test]
    fn destinations_beyond_the_page_are_left_out() {
        let names: Vec<String> = (0..100).map(|at| format!("d{at}")).collect();
        let tally = Tally::of_shipper(names.iter().map(String::as_str)).unwrap();
        let sheet = sheet(&tally);
        for at in 0..100 {
            sheet.set_of_destination(at, Ship::Shipped, at as u64);
            sheet.set_of_destination(at, Ship::Lost, u64::MAX);
        }
        assert_eq!(sheet.of_destination(63, Ship::Shipped), 63);
        assert_eq!(sheet.of_destination(64, Ship::Shipped), 0);
        let all = all(&tally);
        assert_eq!(all.len(), 64);
        assert_eq!(
            all[63],
            ("ship_d63".to_owned(), [0, 63, 0, 0, u64::MAX, 0, 0, 0])
        );
    }

    #[test]
    fn without_a_gatherer_nothing_is_counted() {
        let sheet = Sheet::inherited(None).unwrap();
        sheet.count(Http::Answers, 1);
        sheet.set_of_destination(0, Ship::Shipped, 1);
        assert_eq!(sheet.of_destination(0, Ship::Shipped), 0);
    }
}
