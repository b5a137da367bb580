//! The path parameters of `/v1`.

postscale_web::segments! {
    /// `{domain}`: id or name.
    DomainSegment = "domain";
    /// `{selector}`
    SelectorSegment = "selector";
    /// `{id}`
    IdSegment = "id";
    /// `{attachment}`
    AttachmentSegment = "attachment";
    /// `{link}`
    LinkSegment = "link";
    /// `{rule}`
    RuleSegment = "rule";
    /// `{contact}`
    ContactSegment = "contact";
    /// `{report}`
    ReportSegment = "report";
    /// `{delivery}`
    DeliverySegment = "delivery";
}
