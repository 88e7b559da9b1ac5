//! The facts, found at the start: uname(2), sysctl `kern.osproductversion`, `kern.osversion`, `hw.model`.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use super::{InfoSample, darwin, zone};
use crate::error::ReadError;
use crate::reader::{Labels, Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

/// Reads the facts.
pub struct InfoReader {
    facts: Vec<(&'static str, Labels, InfoSample)>,
}

impl InfoReader {
    /// Finds the facts; what this system does not say is left out.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<InfoReader, ReadError> {
        let none = InfoSample::NONE;
        let (kernel, release, machine) = (Some(1), Some(1), Some(1));
        let mut facts = Vec::new();
        if let Some(labels) = uname() {
            facts.push(("uname", labels, InfoSample { kernel, ..none }));
        }
        let text = |name: &CStr| Sysctl::named(name)?.text();
        // since 10.13.4
        if let Ok(product) = text(c"kern.osproductversion") {
            let (labels, few, version) = darwin::release(&product, &text(c"kern.osversion")?);
            let version = Some(version);
            facts.push(("os", labels, InfoSample { release, ..none }));
            facts.push(("os_version", few, InfoSample { version, ..none }));
        }
        let labels = darwin::machine(&text(c"hw.model")?);
        facts.push(("dmi", labels, InfoSample { machine, ..none }));
        Ok(InfoReader { facts })
    }
}

fn uname() -> Option<Labels> {
    let mut name = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(3) writes the struct that it is given, and nothing else.
    if unsafe { libc::uname(name.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: utsname is arrays of characters, for which zeros are valid, and it began as zeros.
    let name = unsafe { name.assume_init() };
    // SAFETY: each of the arrays holds a text that ends in NUL (uname(3)).
    let text = |text: &[libc::c_char]| unsafe { CStr::from_ptr(text.as_ptr()) }.to_bytes().to_vec();
    Some(darwin::kernel(&darwin::Uname {
        system: &text(&name.sysname),
        node: &text(&name.nodename),
        release: &text(&name.release),
        version: &text(&name.version),
        machine: &text(&name.machine),
    }))
}

impl Reader for InfoReader {
    type Sample = InfoSample;
    const SPARSE: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &InfoSample)) -> Result<(), ReadError> {
        for (instance, _, sample) in &self.facts {
            row(instance.as_bytes(), sample);
        }
        zone::show(row);
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        zone::labels(instance).unwrap_or_else(|| {
            let is_it = |fact: &&(&str, Labels, _)| fact.0.as_bytes() == instance;
            let fact = self.facts.iter().find(is_it);
            fact.map_or_else(Labels::new, |(_, labels, _)| labels.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::rows;

    #[test]
    fn the_facts_are_there_with_their_labels() {
        let mut reader = InfoReader::open(&Roots::default(), &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        assert!(rows.len() >= 4);
        assert_eq!(reader.labels(b"uname")[4].value, "Darwin");
        assert!(reader.labels(b"dmi")[0].value.contains("Mac"));
    }
}
