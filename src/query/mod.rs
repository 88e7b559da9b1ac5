//! From a ring to the samples that were asked for: names, ranges, buckets, rates. One implementation for
//! HTTP and for the command line; what it gives becomes text in `format`.

mod cell;
mod column;
mod exposed;
mod feed;
mod fold;
mod index;
mod newest;
mod prom_name;
mod request;
mod rows;
mod scan;
mod seam;
mod select;
mod shared;
mod snapshot;
mod sources;
mod written;

pub use cell::{Cell, Described};
pub use exposed::{Exposed, Exposure};
pub use feed::{Feed, Followed, Place, Point};
pub use index::{Index, Pick, Source};
pub use newest::{Latest, Newest, Sample};
pub use request::{Agg, Format, QueryError, Request, Shape, Span, Step, Word, newest_tick};
pub use rows::{Row, Rows};
pub use select::is_everything;
pub use snapshot::Snapshot;
