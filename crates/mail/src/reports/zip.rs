//! The one file of a zip archive (APPNOTE 6.3), stored or deflated. Nothing is believed of an archive
//! but where its one file is: a library would first list what may be a million names.

use std::io::Read;

use flate2::read::DeflateDecoder;
use postscale_model::ReportProblem;

/// Entries that are looked at for the one file: directories stand beside it now and then.
const ENTRIES_MAX: usize = 8;
/// Octets of the record at the end, without its comment.
const END_OCTETS: usize = 22;
/// Octets of a comment at most.
const COMMENT_OCTETS_MAX: usize = 65_535;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const FLAG_ENCRYPTED: u16 = 1;

const END: &[u8] = b"PK\x05\x06";
const CENTRAL: &[u8] = b"PK\x01\x02";
/// What a file in the archive begins with.
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";

/// An entry of the directory at the end.
struct Entry<'a> {
    flags: u16,
    method: u16,
    packed: usize,
    at: usize,
    name: &'a [u8],
}

impl Entry<'_> {
    /// Whether it is a directory, or what a Mac puts beside a file.
    fn is_beside(&self) -> bool {
        self.name.ends_with(b"/") || self.name.starts_with(b"__MACOSX/")
    }
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    let two = octets.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

fn usize_at(octets: &[u8], at: usize) -> Option<usize> {
    let four = octets.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
}

/// The one file of the archive.
pub(super) fn open(archive: &[u8]) -> Result<Box<dyn Read + '_>, ReportProblem> {
    let entry = only_entry(archive)?;
    if entry.flags & FLAG_ENCRYPTED != 0 {
        return Err(ReportProblem::Encrypted);
    }
    let octets = packed(archive, &entry).ok_or(ReportProblem::Container)?;
    match entry.method {
        STORED => Ok(Box::new(octets)),
        DEFLATED => Ok(Box::new(DeflateDecoder::new(octets))),
        _ => Err(ReportProblem::Container),
    }
}

fn only_entry(archive: &[u8]) -> Result<Entry<'_>, ReportProblem> {
    let (count, mut at) = directory(archive).ok_or(ReportProblem::Container)?;
    if count > ENTRIES_MAX {
        return Err(ReportProblem::SeveralFiles);
    }
    let mut only = None;
    for _ in 0..count {
        let (entry, next) = entry(archive, at).ok_or(ReportProblem::Container)?;
        at = next;
        if !entry.is_beside() && only.replace(entry).is_some() {
            return Err(ReportProblem::SeveralFiles);
        }
    }
    only.ok_or(ReportProblem::NoReport)
}

/// How many entries there are, and where the first is.
fn directory(archive: &[u8]) -> Option<(usize, usize)> {
    let from = archive
        .len()
        .saturating_sub(END_OCTETS + COMMENT_OCTETS_MAX);
    let end = from + memchr::memmem::rfind(&archive[from..], END)?;
    let count = usize::from(u16_at(archive, end + 10)?);
    Some((count, usize_at(archive, end + 16)?))
}

fn entry(archive: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    let entry = archive.get(at..)?;
    if !entry.starts_with(CENTRAL) {
        return None;
    }
    let length = |at| u16_at(entry, at).map(usize::from);
    let name_end = 46 + length(28)?;
    let next = at + name_end + length(30)? + length(32)?;
    let read = Entry {
        flags: u16_at(entry, 8)?,
        method: u16_at(entry, 10)?,
        packed: usize_at(entry, 20)?,
        at: usize_at(entry, 42)?,
        name: entry.get(46..name_end)?,
    };
    Some((read, next))
}

fn packed<'a>(archive: &'a [u8], entry: &Entry<'_>) -> Option<&'a [u8]> {
    let local = archive.get(entry.at..)?;
    if !local.starts_with(LOCAL) {
        return None;
    }
    let length = |at| u16_at(local, at).map(usize::from);
    let begin = 30 + length(26)? + length(28)?;
    local.get(begin..begin.checked_add(entry.packed)?)
}
