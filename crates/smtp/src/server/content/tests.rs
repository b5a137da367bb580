use proptest::prelude::*;

use super::*;

/// Feeds `wire` in two pieces cut at `cut`: the message or fault, and what was left over.
fn received(wire: &[u8], cut: usize) -> (Option<Result<Vec<u8>, Fault>>, usize) {
    let mut content = Content::new(100_000, None);
    let (first, second) = wire.split_at(cut);
    let end = match content.push_dotted(first) {
        Some(end) => Some(end),
        None => content.push_dotted(second).map(|end| cut + end),
    };
    match end {
        Some(end) => (Some(content.finish()), wire.len() - end),
        None => (None, 0),
    }
}

fn check(wire: &[u8], want: Result<&[u8], Fault>, left: usize) {
    for cut in 0..=wire.len() {
        let (got, rest) = received(wire, cut);
        let want = want.map(<[u8]>::to_vec);
        assert_eq!(
            (got, rest),
            (Some(want), left),
            "{:?} cut at {cut}",
            wire.escape_ascii()
        );
    }
}

#[test]
fn only_crlf_dot_crlf_ends_a_message() {
    check(b".\r\n", Ok(b""), 0);
    check(b"\r\n.\r\n", Ok(b"\r\n"), 0);
    check(b"a\r\n.\r\nMAIL", Ok(b"a\r\n"), 4);
    check(b"a\r\n..\r\n.\r\n", Ok(b"a\r\n.\r\n"), 0);
    check(b"..a\r\n.b\r\n...\r\n.\r\n", Ok(b".a\r\nb\r\n..\r\n"), 0);
    check(b"a.\r\nb.c\r\n.\r\n", Ok(b"a.\r\nb.c\r\n"), 0);
}

#[test]
fn other_ends_are_swallowed_and_refused() {
    for smuggled in [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\n.\r",
        "\r.\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\0",
        "\r\r\n.\r\r\n",
        "\r\n.\r\r\n",
        "\n\n.\n\n",
        "\r\n.\n\r\n",
        "\r\n.\r.\r\n",
    ] {
        let wire = format!("a{smuggled}MAIL FROM:<x@y.example>\r\n.\r\nNOOP\r\n");
        check(wire.as_bytes(), Err(Fault::BadLineEnds), 6);
    }
}

#[test]
fn a_stray_cr_before_the_real_end_does_not_hide_it() {
    check(b"a\r\r\n.\r\nNOOP", Err(Fault::BadLineEnds), 4);
}

#[test]
fn an_unfinished_message_is_never_a_message() {
    let wire = b"a\r\n..b\r\n.\r\n";
    for end in 0..wire.len() {
        assert_eq!(received(&wire[..end], 0).0, None);
    }
}

#[test]
fn sizes_and_lines_have_limits() {
    let line = [vec![b'x'; LINE_OCTETS_MAX - 2], b"\r\n".to_vec()].concat();
    let end = b".\r\n".to_vec();
    check_long(&[line.clone(), end.clone()].concat(), Ok(line.len()));
    let long = [b"x".to_vec(), line.clone(), end.clone()].concat();
    check_long(&long, Err(Fault::LineTooLong));
    let large = [line.repeat(13), end].concat();
    check_long(&large, Err(Fault::TooLarge));
}

fn check_long(wire: &[u8], want: Result<usize, Fault>) {
    for cut in [0, 1, 8191, 8192, wire.len() - 1] {
        let got = received(wire, cut)
            .0
            .map(|result| result.map(|body| body.len()));
        assert_eq!(got, Some(want), "cut at {cut}");
    }
}

#[test]
fn chunks_keep_dots_and_get_a_last_line_end() {
    for (chunks, want) in [
        (&["a\r\n.\r\nb\r\n"][..], Ok("a\r\n.\r\nb\r\n")),
        (&["a\r", "\n", "b"][..], Ok("a\r\nb\r\n")),
        (&[""][..], Ok("")),
        (&["a\r"][..], Err(Fault::BadLineEnds)),
        (&["a\nb"][..], Err(Fault::BadLineEnds)),
        (&["a\0b"][..], Err(Fault::BadLineEnds)),
    ] {
        let mut content = Content::new(100, Some(u64::MAX));
        for chunk in chunks {
            content.push_plain(chunk.as_bytes());
        }
        assert_eq!(
            content.finish(),
            want.map(|text| text.as_bytes().to_vec()),
            "{chunks:?}"
        );
    }
}

/// RFC 5321 §4.5.2, slowly: where the message ends, and what it is without its dots.
fn by_the_book(wire: &[u8]) -> Option<(usize, Result<Vec<u8>, Fault>)> {
    let framed = [b"\r\n", wire].concat();
    let end = framed.windows(5).position(|five| five == b"\r\n.\r\n")?;
    let text = &framed[2..(end + 2).max(2)];
    let is_stray = |at: usize| match text[at] {
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || text[at - 1] != b'\r',
        octet => octet == 0,
    };
    if (0..text.len()).any(is_stray) {
        return Some((end + 3, Err(Fault::BadLineEnds)));
    }
    let lines = text.split_inclusive(|octet| *octet == b'\n');
    let body = lines
        .flat_map(|line| line.strip_prefix(b".").unwrap_or(line))
        .copied()
        .collect();
    Some((end + 3, Ok(body)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]
    #[test]
    fn any_octets_in_any_pieces_are_read_by_the_book(
        wire in prop::collection::vec(prop::sample::select(&b"\r\r\n\n\n..x\0"[..]), 0..40),
        tail in prop::sample::select(vec![&b""[..], b"\r\n.\r\nNOOP\r\n"]),
        cuts in prop::collection::vec(0_usize..50, 0..4),
    ) {
        let wire = [&wire, tail].concat();
        let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut < wire.len()).collect();
        cuts.extend([0, wire.len()]);
        cuts.sort_unstable();
        let mut content = Content::new(1000, None);
        let mut end = None;
        for piece in cuts.windows(2) {
            if let Some(taken) = content.push_dotted(&wire[piece[0]..piece[1]]) {
                end = Some(piece[0] + taken);
                break;
            }
        }
        prop_assert_eq!(end.map(|end| (end, content.finish())), by_the_book(&wire));
    }
}
