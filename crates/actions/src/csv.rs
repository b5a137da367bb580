//! Comma-separated values (RFC 4180) that a spreadsheet takes for text and never for a formula.

/// What a spreadsheet takes for the beginning of a formula.
const BEGINS_A_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// One line with its end.
pub(crate) fn record<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let mut line = String::new();
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push(&mut line, field.as_ref());
    }
    line.push_str("\r\n");
    line
}

fn push(line: &mut String, field: &str) {
    let mark = if field.starts_with(BEGINS_A_FORMULA) {
        "'"
    } else {
        ""
    };
    if field.contains(['"', ',', '\r', '\n', '\t']) {
        line.push('"');
        line.push_str(mark);
        line.push_str(&field.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(mark);
        line.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn fields_are_quoted_when_they_must_be() {
        for (fields, want) in [
            (&["a", "b c", ""][..], "a,b c,\r\n"),
            (&["a,b", "c\"d"], "\"a,b\",\"c\"\"d\"\r\n"),
            (&["a\r\nb"], "\"a\r\nb\"\r\n"),
            (&["é", "☃"], "é,☃\r\n"),
        ] {
            assert_eq!(record(fields), want);
        }
    }

    #[test]
    fn what_would_be_a_formula_is_text() {
        for (field, want) in [
            ("=1+1", "'=1+1\r\n"),
            ("+1", "'+1\r\n"),
            ("-1", "'-1\r\n"),
            ("@SUM(A1)", "'@SUM(A1)\r\n"),
            ("\tx", "\"'\tx\"\r\n"),
            ("\rx", "\"'\rx\"\r\n"),
            (
                "=HYPERLINK(\"a\",\"b\")",
                "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"\r\n",
            ),
            ("\n=1", "\"'\n=1\"\r\n"),
            ("＝1", "'＝1\r\n"),
            ("1=1", "1=1\r\n"),
        ] {
            assert_eq!(record([field]), want);
        }
    }
}
