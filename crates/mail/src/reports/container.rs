//! What a report comes in: gzip (RFC 1952), zip or nothing, known by its first octets and never by
//! its name or declared type, which reporters get wrong.

use std::io::{BufRead as _, Read};

use flate2::bufread::GzDecoder;
use postscale_model::ReportProblem;

use super::{
    JSON_OCTETS_MAX, RATIO_FREE_OCTETS, RATIO_MAX, Report, XML_OCTETS_MAX, aggregate,
    source::{Limit, Source},
    tls, zip,
};

const GZIP: &[u8] = b"\x1f\x8b";
/// Octets by which a container is known.
const MAGIC_OCTETS: u64 = 4;

/// Whether the octets are packed.
pub(super) fn is_packed(octets: &[u8]) -> bool {
    octets.starts_with(GZIP) || octets.starts_with(zip::LOCAL)
}

/// Whether the octets may be a report nobody packed.
pub(super) fn is_plain(octets: &[u8]) -> bool {
    let octets = octets.strip_prefix("\u{feff}".as_bytes()).unwrap_or(octets);
    matches!(octets.trim_ascii_start().first(), Some(b'<' | b'{'))
}

/// Reads the report in a file.
pub(super) fn open(file: &[u8]) -> Result<Report, ReportProblem> {
    if !is_packed(file) {
        return if is_plain(file) {
            parse(file, XML_OCTETS_MAX)
        } else {
            Err(ReportProblem::NoReport)
        };
    }
    let length = u64::try_from(file.len()).unwrap_or(u64::MAX);
    let grown = length.saturating_mul(RATIO_MAX).max(RATIO_FREE_OCTETS);
    let octets_max = grown.min(XML_OCTETS_MAX);
    let parsed = if file.starts_with(GZIP) {
        gunzip(file, octets_max)
    } else {
        parse(zip::open(file)?, octets_max)
    };
    match parsed {
        Err(ReportProblem::TooLarge) if octets_max == grown => Err(ReportProblem::Bomb),
        other => other,
    }
}

/// A file of one member. What stands behind it is of no interest, unless it is another one.
fn gunzip(file: &[u8], octets_max: u64) -> Result<Report, ReportProblem> {
    let mut decoder = GzDecoder::new(file);
    let report = parse(&mut decoder, octets_max)?;
    if decoder.into_inner().starts_with(GZIP) {
        return Err(ReportProblem::SeveralFiles);
    }
    Ok(report)
}

fn parse(mut octets: impl Read, octets_max: u64) -> Result<Report, ReportProblem> {
    let mut magic = Vec::new();
    let read = octets.by_ref().take(MAGIC_OCTETS).read_to_end(&mut magic);
    read.map_err(|error| problem(&error))?;
    if is_packed(&magic) {
        return Err(ReportProblem::Nested);
    }
    let mut source = Source::new(magic.chain(octets), octets_max);
    let begin = source.fill_buf().map_err(|error| problem(&error))?;
    match begin.trim_ascii_start().first() {
        Some(b'<') => aggregate::read(source).map(|read| Report::Aggregate(Box::new(read))),
        Some(b'{') => tls::read(source.take(JSON_OCTETS_MAX + 1)).map(Report::Tls),
        _ => Err(ReportProblem::NoReport),
    }
}

/// What is wrong with a stream that could not be read on.
pub(super) fn problem(error: &std::io::Error) -> ReportProblem {
    match Limit::of(error) {
        Some(Limit::Octets) => ReportProblem::TooLarge,
        Some(Limit::Event) => ReportProblem::ValueTooLong,
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => ReportProblem::Truncated,
        None => ReportProblem::Container,
    }
}
