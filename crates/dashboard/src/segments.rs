//! The path parameters of the dashboard.

postscale_web::segments! {
    /// `{id}`
    IdSegment = "id";
    /// `{selector}`
    SelectorSegment = "selector";
    /// `{attachment}`
    AttachmentSegment = "attachment";
    /// `{name}`
    NameSegment = "name";
    /// `{token}`
    TokenSegment = "token";
}
