use super::*;

#[test]
fn what_people_wrote_is_never_markup() {
    let notice = Notice::new("s")
        .text("From \"<b>A&B</b>'\"")
        .link("Go", "https://x.example/?a=1&b=\"2\"".to_owned());
    let html = notice.html();
    assert!(html.contains("<p>From &quot;&lt;b&gt;A&amp;B&lt;/b&gt;&#39;&quot;</p>"));
    assert!(html.contains("href=\"https://x.example/?a=1&amp;b=&quot;2&quot;\""));
    assert!(!html.contains("<b>"), "{html}");
}

#[test]
fn the_plain_text_says_the_same() {
    let notice = Notice::new("s")
        .text("Your code is")
        .code("004711")
        .link("Open", "https://x.example/".to_owned());
    assert_eq!(
        notice.plain(),
        "Your code is\n\n    004711\n\nhttps://x.example/\n"
    );
}
