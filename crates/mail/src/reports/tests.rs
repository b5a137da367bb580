use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder, write::GzEncoder};
use postscale_model::ReportProblem;
use proptest::prelude::*;

use super::*;

const HEAD: &str = "<feedback><report_metadata><org_name>r</org_name><report_id>1</report_id>\
    <date_range><begin>1772323200</begin><end>1772409599</end></date_range></report_metadata>\
    <policy_published><domain>example.com</domain></policy_published>";

fn record(index: usize) -> String {
    let [_, a, b, c] = u32::try_from(index).unwrap().to_be_bytes();
    format!(
        "<record><row><source_ip>10.{a}.{b}.{c}</source_ip><count>1</count><policy_evaluated>\
         <disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>\
         <identifiers><header_from>example.com</header_from></identifiers></record>"
    )
}

fn report(records: usize) -> String {
    let records: String = (0..records).map(record).collect();
    format!("{HEAD}{records}</feedback>")
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(octets).unwrap();
    packed.finish().unwrap()
}

/// A zip archive of these files, written by hand so that it can be wrong.
fn zip(files: &[(&str, &[u8])], flags: u16) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, octets) in files {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all(octets).unwrap();
        let packed = packed.finish().unwrap();
        let at = u32::try_from(archive.len()).unwrap();
        let sizes = [packed.len(), octets.len()].map(|size| u32::try_from(size).unwrap());
        let length = u16::try_from(name.len()).unwrap();
        let mut common = Vec::new();
        for field in [20_u16, flags, 8, 0, 0] {
            common.extend(field.to_le_bytes());
        }
        for field in [0, sizes[0], sizes[1]] {
            common.extend(field.to_le_bytes());
        }
        common.extend(length.to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(name.as_bytes());
        archive.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let begin = u32::try_from(archive.len()).unwrap();
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    archive.extend(begin.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

fn problem(file: &[u8]) -> ReportProblem {
    read(file).expect_err("this is no report")
}

fn aggregate(file: &[u8]) -> AggregateReport {
    match read(file) {
        Ok(Report::Aggregate(report)) => *report,
        other => panic!("no aggregate report: {other:?}"),
    }
}

#[test]
fn a_report_is_read_packed_or_not() {
    let plain = report(3);
    for file in [
        plain.clone().into_bytes(),
        gzip(plain.as_bytes()),
        zip(&[("r.xml", plain.as_bytes())], 0),
        zip(
            &[
                ("d/", b""),
                ("d/r.xml", plain.as_bytes()),
                ("__MACOSX/d/._r.xml", b"x"),
            ],
            0,
        ),
    ] {
        let read = aggregate(&file);
        assert_eq!((read.totals.total, read.totals.dmarc_pass), (3, 3));
        assert_eq!(read.records.len(), 3);
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let plain = report(1);
    let xml = plain.as_bytes();
    let cut = &gzip(report(400).as_bytes());
    let deep = "<a>".repeat(DEPTH_MAX + 1);
    let doctype = "<!DOCTYPE feedback [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    for (file, want) in [
        (b"".to_vec(), ReportProblem::NoReport),
        (b"hello".to_vec(), ReportProblem::NoReport),
        (
            b"<html><body>hello</body></html>".to_vec(),
            ReportProblem::NoReport,
        ),
        (b"{\"a\": 1}".to_vec(), ReportProblem::NoReport),
        (b"{\"a\": ".to_vec(), ReportProblem::Truncated),
        (b"{]".to_vec(), ReportProblem::Syntax),
        (
            b"\x1f\x8b\x08 nonsense that is no gzip".to_vec(),
            ReportProblem::Container,
        ),
        (b"PK\x03\x04 nonsense".to_vec(), ReportProblem::Container),
        (cut[..cut.len() / 2].to_vec(), ReportProblem::Truncated),
        (zip(&[("r.xml", xml)], 1), ReportProblem::Encrypted),
        (
            zip(&[("r.xml", xml), ("s.xml", xml)], 0),
            ReportProblem::SeveralFiles,
        ),
        (zip(&[("d/", b"")], 0), ReportProblem::NoReport),
        ([gzip(xml), gzip(xml)].concat(), ReportProblem::SeveralFiles),
        (gzip(&gzip(xml)), ReportProblem::Nested),
        (zip(&[("r.xml.gz", &gzip(xml))], 0), ReportProblem::Nested),
        (
            plain.as_bytes()[..plain.len() - 4].to_vec(),
            ReportProblem::Truncated,
        ),
        (
            plain.replace("</feedback>", "").into_bytes(),
            ReportProblem::Truncated,
        ),
        (
            plain
                .replace("example.com</domain>", "</domain>")
                .into_bytes(),
            ReportProblem::NoDomain,
        ),
        (
            plain.replace("1772323200", "-5").into_bytes(),
            ReportProblem::Dates,
        ),
        (
            plain.replace("1772323200", "soon").into_bytes(),
            ReportProblem::Dates,
        ),
        (
            plain.replace("<count>1<", "<count>-1<").into_bytes(),
            ReportProblem::NoUsableRecord,
        ),
        (
            [doctype, &plain].concat().into_bytes(),
            ReportProblem::Doctype,
        ),
        ([HEAD, &deep].concat().into_bytes(), ReportProblem::TooDeep),
        (
            format!("<feedback><!-- {} -->", "x".repeat(200_000)).into_bytes(),
            ReportProblem::ValueTooLong,
        ),
        (
            format!("<feedback {}>", "a=\"b\" ".repeat(20_000)).into_bytes(),
            ReportProblem::ValueTooLong,
        ),
    ] {
        let start = String::from_utf8_lossy(&file[..file.len().min(60)]).into_owned();
        assert_eq!(problem(&file), want, "{start}");
    }
}

#[test]
fn bombs_are_defused() {
    let zeros = vec![0; 3 * 1024 * 1024];
    assert_eq!(problem(&gzip(&zeros)), ReportProblem::NoReport);
    let spaces = [HEAD.as_bytes(), &vec![b' '; 2 * 1024 * 1024]].concat();
    assert_eq!(problem(&gzip(&spaces)), ReportProblem::ValueTooLong);
    let tags = [HEAD, &"<a></a>".repeat(600_000), "</feedback>"].concat();
    assert_eq!(problem(&gzip(tags.as_bytes())), ReportProblem::Bomb);
    assert_eq!(
        problem(&zip(&[("r.xml", tags.as_bytes())], 0)),
        ReportProblem::Bomb
    );
    // What stands behind the report counts as well.
    let behind = [report(1).as_bytes(), &vec![b'\n'; 3 * 1024 * 1024]].concat();
    assert_eq!(problem(&gzip(&behind)), ReportProblem::Bomb);
    let laughs = "&lol9;".repeat(100_000);
    let laughs = report(1).replace("<org_name>r", &format!("<org_name>{laughs}"));
    let read = aggregate(laughs.as_bytes());
    assert_eq!(read.head.org_name, "?".repeat(NAME_OCTETS_MAX));
    assert_eq!(
        problem(&vec![b'<'; FILE_OCTETS_MAX + 1]),
        ReportProblem::TooLarge
    );
}

#[test]
fn records_are_read_up_to_a_limit() {
    let bare = |index: usize| {
        let [_, a, b, c] = u32::try_from(index).unwrap().to_be_bytes();
        format!("<record><row><source_ip>10.{a}.{b}.{c}</source_ip><count>1</count></row></record>")
    };
    let records: String = (0..RECORDS_MAX).map(bare).collect();
    let read = aggregate(format!("{HEAD}{records}</feedback>").as_bytes());
    assert_eq!(read.records.len(), RECORDS_MAX);
    let many = format!("{HEAD}{records}{}</feedback>", bare(RECORDS_MAX));
    assert_eq!(problem(many.as_bytes()), ReportProblem::TooManyRecords);
}

#[test]
fn what_led_to_results_is_kept_up_to_a_limit() {
    let one = |index: usize| {
        let name = format!("{index}-{}", "x".repeat(200));
        record(index).replace(
            "<header_from>",
            &format!("<envelope_from>{name}</envelope_from><header_from>"),
        )
    };
    let records: String = (0..30_000).map(one).collect();
    let read = aggregate(format!("{HEAD}{records}</feedback>").as_bytes());
    assert_eq!((read.records.len(), read.totals.total), (30_000, 30_000));
    assert!(read.records[0].details.envelope_from.starts_with("0-xxx"));
    let last = &read.records[29_999].details;
    assert_eq!(
        (&*last.envelope_from, &*last.header_from),
        ("", "example.com")
    );
}

#[test]
fn values_are_one_line_without_controls() {
    let hostile = "a\r\nb\u{0}\u{1b}[31m\u{202e}c";
    assert_eq!(clean(hostile, 100), "a  b  [31m c");
    assert_eq!(clean("ääää", 5), "ää");
    assert_eq!(domain_of(" Example.COM. "), "example.com");
}

proptest! {
    #[test]
    fn nothing_panics(octets in prop::collection::vec(any::<u8>(), 0..2000), kind in 0..5) {
        let file = match kind {
            0 => octets,
            1 => gzip(&octets),
            2 => zip(&[("r.xml", &octets)], 0),
            3 => [b"PK\x03\x04", &octets[..], b"PK\x05\x06", &octets[..octets.len() / 2]].concat(),
            _ => [b"\x1f\x8b\x08", &octets[..]].concat(),
        };
        drop(read(&file));
        drop(files(&file));
    }

    #[test]
    fn no_mixture_of_tags_panics(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<feedback>", "</feedback>", "<record>", "</record>", "<row>", "</row>",
                "<count>", "7", "-", "</count>", "<source_ip>192.0.2.1", "</source_ip>",
                "<domain>", "example.com", "</domain>", "<dkim>", "</dkim>", "<spf/>", "&amp;",
                "&", "&#0;", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "<", ">", "é",
                "<policy_published>", "</policy_published>", "<auth_results>", "</auth_results>",
                "<begin>1</begin>", "<end>2</end>", "<date_range>", "</date_range>",
            ]),
            0..120,
        ),
    ) {
        let text = ["<feedback>", &pieces.concat()].concat();
        drop(read(text.as_bytes()));
        let tail = "<policy_published><domain>example.com</domain></policy_published></feedback>";
        drop(read([&text, tail].concat().as_bytes()));
    }
}
