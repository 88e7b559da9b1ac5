//! Keeps one copy: finds out which file the source has, copies it, and says in its status how that goes.

use std::path::Path;
use std::time::Instant;

use super::source::{Away, Source};
use super::{MirrorError, Options};
use crate::client::said;
use crate::format::time::Stamp;
use crate::quantity::WallNs;
use crate::ring::RingError;
use crate::ring::replica::{CopyError, Depth, Head, Origin, Replica, SIZE_MAX_DEFAULT};
use crate::{info, warning};

/// From deep look to deep look.
const DEEP_PAUSE_NS: u128 = 60_000_000_000;

/// Why a look came to nothing.
pub enum Failure {
    /// The source, for now.
    Away(Away),
    /// What would not be better another time.
    Fatal(MirrorError),
}

/// One copy and its source.
pub struct Keeper<'a> {
    options: &'a Options,
    source: Source,
    local: Option<Replica>,
    /// Whether it is known to be a copy of the file that the source has.
    is_same: bool,
    /// When a deep look was made; none since the last failure.
    deep: Option<Instant>,
    /// Looks that were missed and tries that failed, since the start.
    missed: u64,
    errors: u64,
    /// Since when nothing came.
    away_since: Option<(Instant, WallNs)>,
    /// Whether it is for want of room here.
    has_no_room: bool,
    /// Whether it had another file at the last look; that happens, but not time and again.
    was_replaced: bool,
}

impl Keeper<'_> {
    /// Opens the copy that is there.
    pub fn open(options: &Options, source: Source) -> Result<Keeper<'_>, RingError> {
        Ok(Keeper {
            options,
            source,
            local: local(options)?,
            is_same: false,
            deep: None,
            missed: 0,
            errors: 0,
            away_since: None,
            has_no_room: false,
            was_replaced: false,
        })
    }

    /// Copies what is new, or all of it where there is no copy of that file yet.
    pub fn look(&mut self) -> Result<(), Failure> {
        let is_first = !self.is_same;
        if is_first {
            self.begin()?;
        }
        let depth = match self.deep {
            _ if is_first => Depth::First,
            Some(then) if then.elapsed().as_nanos() < DEEP_PAUSE_NS => Depth::Shallow,
            _ => Depth::Deep,
        };
        let Some(local) = &mut self.local else {
            return Ok(());
        };
        let looked = local.look(&mut self.source, depth);
        looked.map_err(|error| self.failure(error))?;
        if depth != Depth::Shallow {
            self.deep = Some(Instant::now());
        }
        self.came();
        Ok(())
    }

    /// Finds out which file the source has, and makes the copy one of that.
    fn begin(&mut self) -> Result<(), Failure> {
        let name = self.source.url().to_owned();
        let (tag, words) = self.source.begin().map_err(Failure::Away)?;
        if self.local.is_none() {
            // the source may have been away for long, and the file come meanwhile
            self.local = local(self.options).map_err(|error| Failure::Fatal(error.into()))?;
        }
        let head = match Head::parse(words, Path::new(&name), &tag) {
            Ok(head) => head,
            Err(error) if self.local.is_none() => {
                return Err(Failure::Fatal(MirrorError::NoRing(name, error.exit_code())));
            }
            Err(_) => return Err(strange("what it sends is no ring of this version")),
        };
        match &self.local {
            Some(local) if local.is_of(&head) => {
                self.is_same = true;
                return Ok(());
            }
            Some(local) if local.host() != head.host() => {
                return Err(Failure::Fatal(MirrorError::OtherHost {
                    path: local.path().to_owned(),
                    kept: said(local.host()),
                    url: name,
                    found: said(head.host()),
                }));
            }
            _ => {}
        }
        self.copy_all(&head)?;
        self.is_same = true;
        Ok(())
    }

    fn copy_all(&mut self, head: &Head) -> Result<(), Failure> {
        let Options {
            ring_file,
            ring_max,
            interval,
            ..
        } = self.options;
        let size_max = ring_max.unwrap_or(SIZE_MAX_DEFAULT);
        let length = self.source.length();
        let begun = Replica::begin(ring_file, head, length, size_max, *interval);
        let mut copy = match begun {
            Err(RingError::CopyTooLong { length, .. }) if self.local.is_some() => {
                let text =
                    format!("its ring is {length} bytes long, more than --ring-max {size_max}");
                return Err(Failure::Away(Away::Strange(text)));
            }
            begun => begun.map_err(|error| self.failure(error.into()))?,
        };
        let filled = copy.fill(&mut self.source);
        let looked = filled.and_then(|()| copy.look(&mut self.source, Depth::First));
        looked.map_err(|error| self.failure(error))?;
        let (missed, errors) = (self.missed, self.errors);
        copy.tell(now(), missed, errors, "");
        let placed = copy.put_in_place(self.local.as_ref());
        placed.map_err(|error| self.failure(error.into()))?;
        let (url, file) = (self.source.url(), ring_file.display());
        match self.local.replace(copy) {
            None => info!("{url}: copied to {file}"),
            Some(_) => info!(
                "{url}: laid out anew or begun anew: copied to {file} from its start, the copy until now is \
                 kept as {file}.old"
            ),
        }
        Ok(())
    }

    fn failure(&self, error: CopyError<Away>) -> Failure {
        match error {
            CopyError::Origin(Away::Replaced) | CopyError::Superseded => {
                Failure::Away(Away::Replaced)
            }
            CopyError::Origin(away) => Failure::Away(away),
            CopyError::Unsound(why) => strange(why),
            CopyError::Ring(RingError::CopyTooLong { size_max, length }) if self.is_same => {
                strange(&format!(
                    "its ring has grown to {length} bytes, more than --ring-max {size_max}"
                ))
            }
            // what is here is served until there is room
            CopyError::Ring(error) if error.is_out_of_room() && self.local.is_some() => {
                Failure::Away(Away::NoRoom(error))
            }
            CopyError::Ring(error) => Failure::Fatal(error.into()),
        }
    }

    /// All is well.
    fn came(&mut self) {
        if let Some((then, _)) = self.away_since.take() {
            let missed = then.elapsed().as_nanos() / u128::from(self.options.interval.ns());
            self.missed += u64::try_from(missed).unwrap_or(0);
            let url = self.source.url();
            if std::mem::take(&mut self.has_no_room) {
                info!("{url}: there is room for its ring again");
            } else {
                info!("{url}: is back");
            }
        }
        self.was_replaced = false;
        let (missed, errors) = (self.missed, self.errors);
        if let Some(local) = &mut self.local {
            local.tell(now(), missed, errors, "");
        }
    }

    /// It failed. Says so once, with what is done then; who ends then says so himself.
    pub fn went(&mut self, away: &Away, then: Option<&str>) {
        // it is asked anew which file it has, and two minutes are looked at again
        self.is_same = matches!(away, Away::Lost(_) | Away::Busy(..)) && self.is_same;
        self.deep = None;
        let is_usual = match away {
            Away::Replaced => !std::mem::replace(&mut self.was_replaced, true),
            away => matches!(away, Away::Stopped),
        };
        if is_usual {
            return;
        }
        self.errors += 1;
        let url = self.source.url();
        let has_no_room = matches!(away, Away::NoRoom(_));
        let is_news = std::mem::replace(&mut self.has_no_room, has_no_room) != has_no_room;
        if let Some(then) = then
            && (is_news || self.away_since.is_none())
        {
            warning!("{url}: {away}; {then}");
        }
        let (_, since) = *self.away_since.get_or_insert((Instant::now(), now()));
        let since = String::from_utf8_lossy(Stamp::new().text(since)).into_owned();
        let (missed, errors) = (self.missed, self.errors);
        if let Some(local) = &mut self.local {
            // short, as a status has to be: the log has the file and the way out
            let message = match away {
                Away::NoRoom(RingError::Io { source, .. }) => {
                    format!("no room for the copy since {since}: {source}")
                }
                away => format!("source not reachable since {since}: {away}"),
            };
            local.tell(local.last(), missed, errors, &message);
        }
    }

    /// Waits until the copy is on the disk.
    pub fn sync(&self) -> Result<(), RingError> {
        self.local.as_ref().map_or(Ok(()), Replica::sync)
    }
}

/// The copy that is there.
fn local(options: &Options) -> Result<Option<Replica>, RingError> {
    let size_max = options.ring_max.unwrap_or(SIZE_MAX_DEFAULT);
    Replica::open(&options.ring_file, size_max, options.interval)
}

fn strange(why: &str) -> Failure {
    Failure::Away(Away::Strange(why.to_owned()))
}

fn now() -> WallNs {
    WallNs(goodall_platform::clock::now().wall_ns)
}
