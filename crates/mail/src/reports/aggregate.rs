//! Aggregate reports as a stream of tags. Elements are known by their own name and their parent's,
//! so that namespaces, schemas before the report and elements in an unusual order do no harm; an end
//! tag nothing belongs to is passed over, and one that leaves elements open closes them.

use std::io::{BufRead, Read};

use postscale_model::{DmarcTotals, PublishedPolicy, ReportProblem};
use quick_xml::{
    Reader,
    errors::{Error, SyntaxError},
    events::{BytesRef, Event},
};

use super::{
    AggregateReport, DEPTH_MAX, Head, NAME_OCTETS_MAX, VALUE_OCTETS_MAX, clean, container,
    domain_of,
    record::{Records, ResultOf},
    source::Source,
};

/// Reads a report.
pub(super) fn read(source: Source<impl Read>) -> Result<AggregateReport, ReportProblem> {
    let mut reader = Reader::from_reader(source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut report = Reading::default();
    let mut buffer = Vec::new();
    while !report.is_over {
        buffer.clear();
        reader.get_mut().next_event();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => report.begin(tag.local_name().as_ref())?,
            Ok(Event::End(tag)) => report.end(tag.local_name().as_ref())?,
            Ok(Event::Empty(tag)) => {
                report.begin(tag.local_name().as_ref())?;
                report.end(tag.local_name().as_ref())?;
            }
            Ok(Event::Text(text)) => report.text(&text),
            Ok(Event::CData(text)) => report.text(&text),
            Ok(Event::GeneralRef(reference)) => report.reference(&reference),
            Ok(Event::DocType(_)) => return Err(ReportProblem::Doctype),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
            Ok(Event::Eof) => return Err(report.cut_off()),
            Err(Error::Io(error)) => return Err(container::problem(&error)),
            // Every other fault of this kind is a thing that does not end.
            Err(Error::Syntax(fault)) if fault != SyntaxError::InvalidBangMarkup => {
                return Err(report.cut_off());
            }
            Err(_) => return Err(ReportProblem::Syntax),
        }
    }
    pass_over(reader.into_inner())?;
    report.finish()
}

/// What stands behind the report. A container that is damaged at its end is noticed there.
fn pass_over(mut rest: Source<impl Read>) -> Result<(), ReportProblem> {
    loop {
        rest.next_event();
        let length = match rest.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(octets) => octets.len(),
            Err(error) => return Err(container::problem(&error)),
        };
        rest.consume(length);
    }
}

/// A report as far as it was read.
#[derive(Default)]
struct Reading {
    /// The names of the open elements, one behind the other.
    names: String,
    /// Where each begins.
    open: Vec<usize>,
    text: String,
    head: Head,
    begin: Option<i64>,
    end: Option<i64>,
    domain: String,
    policy: PublishedPolicy,
    records: Records,
    has_begun: bool,
    is_over: bool,
}

impl Reading {
    fn name(&self, back: usize) -> &str {
        let Some(index) = self.open.len().checked_sub(back + 1) else {
            return "";
        };
        let end = self.open.get(index + 1).copied();
        &self.names[self.open[index]..end.unwrap_or(self.names.len())]
    }

    fn begin(&mut self, name: &str) -> Result<(), ReportProblem> {
        if self.open.len() >= DEPTH_MAX {
            return Err(ReportProblem::TooDeep);
        }
        self.open.push(self.names.len());
        self.names.push_str(name);
        self.text.clear();
        match name {
            "feedback" => self.has_begun = true,
            "record" => self.records.begin(),
            _ => {}
        }
        Ok(())
    }

    /// Closes the element and those left open in it.
    fn end(&mut self, name: &str) -> Result<(), ReportProblem> {
        let mut depths = 0..self.open.len();
        if !depths.any(|back| self.name(back) == name) {
            return Ok(());
        }
        loop {
            let is_it = self.name(0) == name;
            self.close()?;
            let start = self.open.pop().unwrap_or_default();
            self.names.truncate(start);
            self.text.clear();
            if is_it {
                return Ok(());
            }
        }
    }

    fn text(&mut self, text: &str) {
        let room = VALUE_OCTETS_MAX.saturating_sub(self.text.len());
        let end = (0..=room.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        self.text.push_str(&text[..end.unwrap_or_default()]);
    }

    /// One of the five names every XML has, or a character by its number.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let known = match &**reference {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        let mut octets = [0; 4];
        self.text(known.map_or("?", |known| known.encode_utf8(&mut octets)));
    }

    /// Keeps what the element that closes now says.
    fn close(&mut self) -> Result<(), ReportProblem> {
        // Taken out, so that its room is used again.
        let text = std::mem::take(&mut self.text);
        let kept = self.keep(&text);
        self.text = text;
        kept
    }

    fn keep(&mut self, text: &str) -> Result<(), ReportProblem> {
        let (names, open) = (std::mem::take(&mut self.names), self.open.len());
        let start = |back: usize| open.checked_sub(back + 1).map(|index| self.open[index]);
        let name = start(0).map_or("", |start| &names[start..]);
        let parent = match (start(1), start(0)) {
            (Some(from), Some(to)) => &names[from..to],
            _ => "",
        };
        let kept = match parent {
            "report_metadata" | "date_range" => {
                self.keep_metadata(name, text);
                Ok(())
            }
            "policy_published" => {
                self.keep_policy(name, text);
                Ok(())
            }
            "row" | "policy_evaluated" | "identifiers" | "reason" | "auth_results" => {
                self.records.keep(parent, name, text);
                Ok(())
            }
            "dkim" => {
                self.records.keep_result(ResultOf::Dkim, name, text);
                Ok(())
            }
            "spf" => {
                self.records.keep_result(ResultOf::Spf, name, text);
                Ok(())
            }
            "feedback" if name == "record" => self.records.end(),
            _ => {
                self.is_over |= name == "feedback";
                Ok(())
            }
        };
        self.names = names;
        kept
    }

    fn keep_metadata(&mut self, name: &str, text: &str) {
        match name {
            "org_name" => self.head.org_name = clean(text, NAME_OCTETS_MAX),
            "email" => self.head.email = clean(text, NAME_OCTETS_MAX),
            "extra_contact_info" => self.head.extra_contact_info = clean(text, VALUE_OCTETS_MAX),
            "report_id" => self.head.report_id = clean(text, NAME_OCTETS_MAX),
            "begin" => self.begin = seconds(text),
            "end" => self.end = seconds(text),
            _ => {}
        }
    }

    fn keep_policy(&mut self, name: &str, text: &str) {
        let policy = &mut self.policy;
        let place = match name {
            "domain" => {
                self.domain = domain_of(text);
                return;
            }
            "p" => &mut policy.p,
            "sp" => &mut policy.sp,
            "np" => &mut policy.np,
            "adkim" => &mut policy.adkim,
            "aspf" => &mut policy.aspf,
            "pct" => &mut policy.pct,
            "fo" => &mut policy.fo,
            "testing" => &mut policy.testing,
            "discovery_method" => &mut policy.discovery_method,
            _ => return,
        };
        *place = clean(text, 32).to_lowercase();
    }

    /// What is wrong with what ends before the report does.
    const fn cut_off(&self) -> ReportProblem {
        if self.has_begun {
            ReportProblem::Truncated
        } else {
            ReportProblem::NoReport
        }
    }

    fn finish(self) -> Result<AggregateReport, ReportProblem> {
        if self.domain.is_empty() {
            return Err(ReportProblem::NoDomain);
        }
        let (Some(begin), Some(end)) = (self.begin, self.end) else {
            return Err(ReportProblem::Dates);
        };
        let mut head = Head {
            begin,
            end,
            ..self.head
        };
        if head.org_name.is_empty() {
            head.org_name.clone_from(&head.email);
        }
        if head.report_id.is_empty() {
            head.report_id = format!("{begin}-{end}");
        }
        let (records, skipped) = self.records.finish(&self.domain);
        if records.is_empty() && skipped > 0 {
            return Err(ReportProblem::NoUsableRecord);
        }
        let mut totals = DmarcTotals::default();
        for record in &records {
            totals.count(record);
        }
        Ok(AggregateReport {
            head,
            domain: self.domain,
            policy: self.policy,
            records,
            skipped,
            totals,
        })
    }
}

/// Seconds since 1970. Some write a fraction, and some thousandths.
fn seconds(text: &str) -> Option<i64> {
    let whole = text.trim().split('.').next()?;
    let number: i64 = whole.parse().ok()?;
    let seconds = if number > 99_999_999_999 {
        number / 1000
    } else {
        number
    };
    (0..=99_999_999_999).contains(&seconds).then_some(seconds)
}
