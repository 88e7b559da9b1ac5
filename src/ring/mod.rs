//! The ring file: one circle of fixed-size frames for each interval, written by one process, read by any.
//! `docs/ring-format.md` is the format to the byte; `layout.rs` mirrors it.

use goodall_platform::Label;

use crate::metric::{Decode, FieldInfo, Kind, Unit};
use crate::quantity::{BootNs, Interval, WallNs, Window};

mod apart;
mod audit;
mod blocks;
mod carry;
mod clock;
mod copy;
mod directory;
mod error;
mod find;
mod former;
mod frame;
mod frames;
mod hash;
pub mod layout;
mod ledger;
mod making;
mod merging;
pub mod naming;
mod opening;
mod pack;
pub mod reader;
mod record;
mod recovery;
pub mod replica;
mod rooms;
mod seqlock;
mod source;
mod state;
mod status;
mod superblock;
mod toucher;
mod track;
mod tracks;
pub mod writer;

pub use audit::{ClockLayout, FrameCounts, RowCounts};
pub use copy::RingCopy;
pub use error::RingError;
pub use reader::{Access, Reader};
pub use state::Step;
pub use writer::Writer;

/// A frame's number within its interval's circle; rises by one a tick, never repeats; 0 is no frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNumber(pub u64);

/// An interval's place in the ring: its circle has one writer, the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockId(pub u16);

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The frame.
    pub number: FrameNumber,
    /// The tick by the wall clock.
    pub wall: WallNs,
    /// The tick since boot.
    pub boot: BootNs,
    /// Random at each start of a writer: two frames of one salt are of one boot and one run.
    pub salt: u32,
}

/// A field as the directory describes it: enough to read a row without any catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldSpec {
    /// The last part of the series' name.
    pub name: String,
    /// The unit handed out.
    pub unit: Unit,
    /// Counter or gauge.
    pub kind: Kind,
    /// From word to value.
    pub decode: Decode,
}

impl From<&FieldInfo> for FieldSpec {
    fn from(info: &FieldInfo) -> FieldSpec {
        FieldSpec {
            name: info.name.to_owned(),
            unit: info.unit,
            kind: info.kind,
            decode: info.decode,
        }
    }
}

/// What a writer asks room for: one row a tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackSpec {
    /// The first part of the series' names.
    pub collector: String,
    /// The exact instance, any bytes (at most `layout::INSTANCE_SIZE_MAX`); empty where there is just one row.
    pub instance: Vec<u8>,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Its columns.
    pub fields: Vec<FieldSpec>,
    /// How often a row comes.
    pub interval: Interval,
}

/// Room for the rows of one interval that a new ring is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The interval.
    pub interval: Interval,
    /// Words of all its rows, a word of check and offset for each row included.
    pub words: usize,
}

/// What the ring is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How far back.
    pub window: Window,
    /// The file's largest size in bytes; `None` is 256 MiB or twice what `needs` take, whichever is more.
    pub size_max: Option<u64>,
    /// What stands there from the start; more room than this is laid out, for what comes.
    pub needs: Vec<Need>,
    /// The host's name, for the superblock.
    pub host: String,
}
