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
    /// `{domain}`
    DomainSegment = "domain";
    /// `{link}`
    LinkSegment = "link";
    /// `{rule}`
    RuleSegment = "rule";
    /// `{contact}`
    ContactSegment = "contact";
    /// `{report}`
    ReportSegment = "report";
    /// `{token}`
    TokenSegment = "token";
}
