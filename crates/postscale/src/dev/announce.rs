//! What a start prints: where everything is, who can sign in, and two lines that send mail.

use std::{fmt::Write as _, net::SocketAddr};

use super::{
    people::{self, OWNER},
    state::Demo,
};
use crate::node::Running;

/// The text.
pub fn text(running: &Running, demo: &Demo, sign_in: &str) -> String {
    let url = &running.public_url;
    let listening = &running.listening;
    let at = |addresses: &[SocketAddr]| {
        let first = addresses.first();
        first.map_or_else(|| "off".to_owned(), SocketAddr::to_string)
    };
    let live = demo.live_key.as_deref().unwrap_or_default();
    let test = demo.test_key.as_deref().unwrap_or_default();
    let password = &demo.password;
    let mut text = format!(
        "\n\
         dashboard    {url}{sign_in}\n             \
         signs {OWNER} in, once; afterwards {url}\n\
         api          {url}/v1\n\
         live key     {live}\n\
         test key     {test}\n\
         mail in      {} (MX)\n\
         submission   {} (STARTTLS, user postscale, a key as password)\n\
         caught mail  {url}/dev/mail\n\
         operations   http://{}\n\n\
         Logins, all with the password {password}:\n",
        at(&listening.mx),
        at(&listening.submission),
        at(&listening.ops),
    );
    // Writing to a string does not fail.
    for user in &people::USERS {
        let _ = writeln!(text, "  {:<24} {}", user.email, user.pattern);
    }
    let _ = write!(
        text,
        "\nunverified.test lacks records on purpose. Mail to bounce@… is refused, to defer@… put off.\n\n\
         Send over HTTP:\n  \
         curl {url}/v1/send -H 'Authorization: Bearer {live}' -H 'Content-Type: application/json' \
         -d '{{\"from\":\"hello@acme.test\",\"to\":[\"you@example.com\"],\"subject\":\"Hello\",\"text_body\":\"It works.\"}}'\n"
    );
    if let Some(submission) = listening.submission.first() {
        let (host, port) = (submission.ip(), submission.port());
        let _ = write!(
            text,
            "Send over SMTP:\n  \
             python3 -c 'import smtplib; s = smtplib.SMTP(\"{host}\", {port}); s.starttls(); s.login(\"postscale\", \"{live}\"); \
             s.sendmail(\"hello@acme.test\", \"you@example.com\", \"From: hello@acme.test\\r\\nTo: you@example.com\\r\\nSubject: Hello\\r\\n\\r\\nIt works.\\r\\n\")'\n"
        );
    }
    text.push('\n');
    text
}
