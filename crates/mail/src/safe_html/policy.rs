//! What may stay of foreign HTML: elements, attributes, style properties, pictures.

use std::collections::{HashMap, HashSet};

use ammonia::Builder;

/// Elements of text, lists, tables and pictures. None that runs, loads, embeds, submits or sets the
/// style of anything but itself.
const ELEMENTS: &str = "a abbr acronym address article aside b bdi bdo big blockquote br caption \
    center cite code col colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 \
    header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong \
    sub sup table tbody td tfoot th thead time tr tt u ul var wbr";
/// Elements whose content says nothing to a reader.
const SILENT: &str = "applet audio canvas embed frameset head iframe math noembed noframes noscript \
    object script select style svg template textarea title video";
/// Attributes any element may have.
const ATTRIBUTES: &str = "align bgcolor dir height lang style title valign width";
/// Attributes of single elements.
const OF_ELEMENTS: [(&str, &str); 9] = [
    // Taken out again, but told.
    ("a", "href"),
    ("col", "span"),
    ("font", "color face size"),
    ("hr", "color noshade size"),
    ("img", "alt src border hspace vspace"),
    ("li", "value"),
    ("ol", "start type reversed"),
    ("table", "border cellpadding cellspacing summary"),
    ("td", "colspan headers nowrap rowspan"),
];
/// What a style may set. Nothing that places an element elsewhere or loads.
const PROPERTIES: &str = "background-color border border-bottom border-bottom-color border-bottom-style \
    border-bottom-width border-collapse border-color border-left border-left-color border-left-style \
    border-left-width border-radius border-right border-right-color border-right-style border-right-width \
    border-spacing border-style border-top border-top-color border-top-style border-top-width border-width \
    color direction display font font-family font-size font-style font-variant font-weight height \
    letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top \
    max-height max-width min-height min-width overflow-wrap padding padding-bottom padding-left \
    padding-right padding-top table-layout text-align text-decoration text-indent text-transform \
    vertical-align white-space width word-break word-wrap";
/// Kinds of pictures a browser shows and that can run nothing.
const PICTURES: [&str; 5] = [
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/gif",
    "image/webp",
];

fn words(text: &'static str) -> HashSet<&'static str> {
    text.split_ascii_whitespace().collect()
}

/// A cleaner that keeps what is listed here.
pub(super) fn builder() -> Builder<'static> {
    let mut of_elements: HashMap<_, _> = OF_ELEMENTS
        .iter()
        .map(|(element, attributes)| (*element, words(attributes)))
        .collect();
    of_elements.insert("th", words("colspan headers nowrap rowspan scope"));
    let mut builder = Builder::empty();
    builder
        .tags(words(ELEMENTS))
        .clean_content_tags(words(SILENT))
        .generic_attributes(words(ATTRIBUTES))
        .tag_attributes(of_elements)
        .filter_style_properties(words(PROPERTIES))
        .url_schemes(words("cid data http https mailto"))
        .link_rel(None)
        .strip_comments(true);
    builder
}

/// The id of a part of the message, as a picture names it (RFC 2392).
pub(super) fn content_id(src: &str) -> Option<&str> {
    let scheme = src.get(..4)?;
    scheme.eq_ignore_ascii_case("cid:").then(|| &src[4..])
}

/// Whether the address is a picture by itself.
pub(super) fn is_picture(src: &str) -> bool {
    let lower = src.get(..40).unwrap_or(src).to_ascii_lowercase();
    let Some(kind) = lower
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"))
    else {
        return false;
    };
    PICTURES.contains(&kind.0)
}

/// Whether a part of that type is a picture that may be shown.
pub(crate) fn is_picture_type(media_type: &str) -> bool {
    PICTURES.contains(&media_type)
}

/// Whether a link is one that people follow.
pub(super) fn is_link(link: &str) -> bool {
    let lower = link.get(..8).unwrap_or(link).to_ascii_lowercase();
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}

/// Whether a style only has words, numbers and colours: nothing that loads or is computed, and no
/// escapes to hide it behind.
pub(super) fn is_plain_style(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    let suspicious = [
        "url",
        "expression",
        "image",
        "attr(",
        "var(",
        "env(",
        "@",
        "\\",
    ];
    !suspicious.iter().any(|mark| lower.contains(mark))
}
