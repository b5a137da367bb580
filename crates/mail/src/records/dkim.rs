//! What is wrong with a published DKIM key (RFC 6376 §3.6.1).

use postscale_model::{Advice, AdviceCode};

use super::{
    ExpectedRecord,
    advice::{hint, publish},
    tags::tag,
};

/// What to do about the key records found in place of the expected one.
pub(super) fn advice(found: &[String], record: &ExpectedRecord) -> Advice {
    let value = &record.value;
    let [one] = found else {
        let text = format!(
            "There are {} key records at this name, and receivers use none of several. Keep this one \
             and remove the others.",
            found.len()
        );
        return publish(AdviceCode::DkimSeveral, text, value);
    };
    let (there, ours) = (tag(one, "p"), tag(value, "p"));
    let (there, ours) = (there.unwrap_or_default(), ours.unwrap_or_default());
    let (code, text) = if there.is_empty() {
        let text = "The published key is empty, which tells receivers that it was revoked.";
        (AdviceCode::DkimRevoked, text.to_owned())
    } else if there == ours {
        kind(one, value)
    } else if ours.starts_with(&there) || is_cut(&there, &ours) {
        let text = format!(
            "The key is cut off: {} of its {} characters are published. Your DNS provider may want \
             it split into strings of at most 255 characters, or has a longer field for it.",
            there.len(),
            ours.len()
        );
        (AdviceCode::DkimTruncated, text)
    } else {
        let text = "Another key is published at this name. Signatures made here fail with it.";
        (AdviceCode::DkimOtherKey, text.to_owned())
    };
    publish(code, text + " Publish the whole value again.", value)
}

/// Whether something in the middle is missing: panels drop what crosses the end of a string.
fn is_cut(there: &str, ours: &str) -> bool {
    const ENDS: usize = 32;
    let ends = there
        .get(..ENDS)
        .zip(there.get(there.len().saturating_sub(ENDS)..));
    there.len() < ours.len()
        && ends.is_some_and(|(start, end)| ours.starts_with(start) && ours.ends_with(end))
}

fn kind(found: &str, value: &str) -> (AdviceCode, String) {
    let kind = |text: &str| tag(text, "k").unwrap_or_else(|| "rsa".to_owned());
    let (there, ours) = (kind(found), kind(value));
    if there != ours {
        let text = format!("The key is said to be of kind {there:?} and is of kind {ours:?}.");
        return (AdviceCode::DkimKeyType, text);
    }
    let text = "The key is right, but the record does not begin with v=DKIM1.";
    (AdviceCode::Replace, text.to_owned())
}

/// What is worth knowing of a record that is right.
pub(super) fn remarks(found: &[String]) -> Vec<Advice> {
    let is_on_trial = |text: &String| {
        let flags = tag(text, "t").unwrap_or_default();
        flags.split(':').any(|flag| flag.eq_ignore_ascii_case("y"))
    };
    let text = "The record says t=y: receivers may treat signed mail as if it were not signed. \
                Remove that tag.";
    let testing = found.iter().any(is_on_trial);
    let testing = testing.then(|| hint(AdviceCode::DkimTesting, text));
    testing.into_iter().collect()
}
