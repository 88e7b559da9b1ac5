//! When a track was written last.

use crate::ring::{ClockId, FrameNumber, Header, Reader};

/// How many frames back a newest row stands where a track is written at each tick: the newest frame may
/// just have been opened, and a collector may be late. What is older is no longer there (an unplugged disk).
pub(super) const FRAMES_BACK: usize = 4;
/// How many frames back is looked for what is told now and then (a line that a program wrote once).
pub(super) const REACH: u64 = 64;

/// The moment of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Written {
    salt: u32,
    boot_ns: i64,
    wall_ns: i64,
}

impl Written {
    /// That of the newest row of a track, among so many frames.
    pub fn newest(reader: &Reader, track: u32, reach: u64) -> Option<Written> {
        let at = &reader.tracks()[track as usize];
        let newest = reader.newest(at.clock)?.number.0;
        let mut words = vec![0; at.fields.len()];
        let mut numbers = (0..reach).map_while(|back| newest.checked_sub(back));
        numbers.find_map(|number| {
            let header = reader.header(at.clock, FrameNumber(number))?;
            let time = reader.row(track as usize, &header, &mut words)?;
            Some(Written::of(&header, time.0))
        })
    }

    fn of(header: &Header, wall_ns: i64) -> Written {
        Written {
            salt: header.salt,
            boot_ns: (header.boot.0.cast_signed())
                .saturating_add(wall_ns)
                .saturating_sub(header.wall.0),
            wall_ns,
        }
    }

    /// Within one run of the writer by the clock that nobody sets; of two runs the wall clock says which is later.
    pub fn is_newer_than(self, other: Written) -> bool {
        if self.salt == other.salt {
            self.boot_ns > other.boot_ns
        } else {
            self.wall_ns > other.wall_ns
        }
    }
}

/// The newest tick of all clocks: what is old is old in comparison with it.
pub(super) fn newest_of_all(reader: &Reader) -> Option<Header> {
    let clocks = (0..).take(reader.clocks().len()).map(ClockId);
    clocks
        .filter_map(|clock| reader.newest(clock))
        .max_by_key(|header| header.wall)
}
