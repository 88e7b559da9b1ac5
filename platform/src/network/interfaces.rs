//! What interfaces there are, by `/proc/net/dev`, and what is known of each between two reads: what all
//! readers of this family have in common.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::net_dev::{self, NET_DEV_SIZE_MAX, NetDevLine};
use super::watch::Looks;
use crate::buffer::Buffer;
use crate::error::{Malformed, ReadError};
use crate::proc_file::ProcFile;
use crate::reader::{Label, Settings};
use crate::roots::Roots;
use crate::roster::Roster;

/// The interfaces that are not left out.
pub(super) struct Interfaces<T> {
    file: ProcFile,
    buffer: Buffer,
    settings: Settings,
    looks: Looks,
    known: Roster<T>,
    /// `/sys/class/net`.
    pub(super) class_net: PathBuf,
}

/// One interface at a read.
pub(super) struct Met<'a, T> {
    /// Its line, with its name.
    pub(super) line: NetDevLine<'a>,
    /// What is known of it.
    pub(super) known: &'a mut T,
    /// Whether what stands in its folder may have changed: the kernel told of a change, or a minute passed.
    pub(super) is_due: bool,
}

impl<T: Default> Interfaces<T> {
    /// Opens `net/dev` of the network namespace that the roots mean.
    pub(super) fn open(roots: &Roots, settings: &Settings) -> Result<Interfaces<T>, ReadError> {
        Ok(Interfaces {
            file: ProcFile::open(&roots.proc_net().join("dev"))?,
            buffer: Buffer::new(NET_DEV_SIZE_MAX),
            settings: settings.clone(),
            looks: Looks::at(roots),
            known: Roster::default(),
            class_net: roots.sys.join("class/net"),
        })
    }

    /// Shows each interface, in the text's order, with `/sys/class/net`.
    #[inline]
    pub(super) fn each(
        &mut self,
        show: &mut impl FnMut(&Path, Met<'_, T>) -> Result<(), Malformed>,
    ) -> Result<(), ReadError> {
        let is_due = self.looks.is_due(Instant::now());
        let text = self.file.read(&mut self.buffer)?;
        let at = |error: Malformed| error.at(self.file.path());
        self.known.begin();
        for line in net_dev::lines(text) {
            let line = line.map_err(at)?;
            // node_exporter leaves none out
            if !self.settings.keeps(line.name, |_| false) {
                continue;
            }
            let known = self.known.meet(line.name, T::default);
            let met = Met {
                line,
                known,
                is_due,
            };
            show(&self.class_net, met).map_err(at)?;
        }
        self.known.end();
        Ok(())
    }
}

/// The labels of an interface.
pub(super) fn device_label(interface: &[u8]) -> Label {
    Label::of("device", interface)
}
