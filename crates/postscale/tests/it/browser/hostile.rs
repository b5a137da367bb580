//! Goal: whatever a stranger's message says, nothing of it runs in the reader's browser, nothing is asked
//! of anybody else, and nothing gets out of its frame.
//! Method: one message with every known way in, received over SMTP and read with real Chromium, while a
//! server on loopback, which all of it points at, counts who calls.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{chromium, invitations::fill, shows, submit};
use crate::node::Node;

/// Somebody else's server: it counts.
struct Elsewhere {
    address: SocketAddr,
    calls: Arc<AtomicU32>,
}

impl Elsewhere {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 1024];
                if matches!(stream.read(&mut request).await, Ok(1..)) {
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    stream.write_all(answer).await.ok();
                }
            }
        });
        Self { address, calls }
    }
    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Each would leave a mark, call `E`, or leave the frame. What should be seen comes first.
const HOSTILE: &str = "<p>The harmless part</p><script>top.document.title='ran'; fetch('http://E/script')</script>\
    <img src=x onerror=\"top.document.title='ran'; new Image().src='http://E/onerror'\">\
    <svg onload=\"top.document.title='ran'\"><script>top.document.title='ran'</script></svg>\
    <img src=\"http://E/pixel.gif\" width=1 height=1><img srcset=\"http://E/set 1x\">\
    <link rel=stylesheet href=\"http://E/sheet.css\"><link rel=prefetch href=\"http://E/prefetch\">\
    <link rel=dns-prefetch href=\"//E\"><style>@import 'http://E/import'; body{background:url(http://E/background)}\
    @font-face{font-family:f;src:url(http://E/font)} p{font-family:f}</style>\
    <p style=\"background:url('http://E/style')\">a</p><table background=\"http://E/table\"><tr><td>b</td></tr></table>\
    <iframe src=\"http://E/frame\"></iframe><iframe srcdoc=\"<script>top.document.title='ran'</script>\"></iframe>\
    <object data=\"http://E/object\"></object><embed src=\"http://E/embed\">\
    <video src=\"http://E/video\" poster=\"http://E/poster\" autoplay></video><audio src=\"http://E/audio\" autoplay></audio>\
    <meta http-equiv=refresh content=\"0;url=http://E/refresh\"><base href=\"http://E/base/\" target=_top>\
    <form action=\"http://E/form\" target=_top><input name=a autofocus onfocus=\"this.form.submit()\"><button id=send>send</button></form>\
    <a href=\"javascript:top.document.title='ran'\" id=js>js</a><a href=\"http://E/link\" target=_top id=link>link</a>\
    <math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=top.document.title='ran'&gt;\">\
    <noscript><p title=\"</noscript><img src=x onerror=top.document.title='ran'>\"></noscript>\
    <template><img src=\"http://E/template\"></template><details open ontoggle=\"top.document.title='ran'\">c</details>\
    <div style=\"position:fixed;inset:0;z-index:9\">cover</div>";

/// Sends a message to the MX listener and insists that it is taken.
async fn deliver(mx: &str, message: &str) {
    let mut stream = TcpStream::connect(mx).await.unwrap();
    let lines = format!(
        "EHLO mx.far.example\r\nMAIL FROM:<eve@far.example>\r\nRCPT TO:<info@shop.example>\r\nDATA\r\n{message}\r\n.\r\nQUIT\r\n"
    );
    stream.write_all(lines.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("Message accepted"), "{said}");
}

/// What a script of the test finds in the page.
async fn ask(page: &Client, script: &str) -> Value {
    page.execute(script, Vec::new()).await.unwrap()
}

/// The frame holds what may be shown, and the page is as it was.
async fn nothing_happened(page: &Client, elsewhere: &Elsewhere, what: &str) {
    assert_eq!(
        ask(page, "return document.title").await,
        json!("A “title” <b> · Postscale"),
        "{what}"
    );
    assert_eq!(elsewhere.calls(), 0, "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_browser_hostile_html_runs_nothing_loads_nothing_and_stays_in_its_frame() {
    let node = Node::start().await;
    let elsewhere = Elsewhere::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "shop.example").await;
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/shop.example", catch_all)
        .await;
    let html = HOSTILE
        .replace("//E", &format!("//{}", elsewhere.address))
        .replace("><", ">\r\n<");
    let message = format!(
        "From: \"<script>\" <eve@far.example>\r\nSubject: A “title” <b>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n\
         --b\r\nContent-Type: text/html; name=\"run.html\"\r\nContent-Disposition: attachment; filename=\"../run.html\"\r\n\r\n\
         <script>top.document.title='ran'</script>\r\n--b--"
    );
    deliver(node.address("mx"), &message).await;
    let listed = owner.expect(200, "GET", "/v1/inbound-emails", None).await;
    let id = listed["emails"][0]["id"].as_str().unwrap().to_owned();

    let browser = chromium::start().await;
    let page = &browser.client;
    let home = format!("http://{}", node.address("http"));
    page.goto(&format!("{home}/sign-in?return_to=/inbound/{id}"))
        .await
        .unwrap();
    fill(page, "email", Node::OWNER).await;
    fill(page, "password", Node::PASSWORD).await;
    submit(page, "/sign-in").await;
    shows(page, "main", "run.html").await;

    // The frame is loaded when it is seen.
    ask(page, "document.querySelector('iframe').scrollIntoView()").await;
    let frame = page.find(Locator::Css("iframe.message")).await.unwrap();
    frame.enter_frame().await.unwrap();
    shows(page, "p", "The harmless part").await;
    let left = "return [...document.querySelectorAll('script,iframe,object,embed,form,input,link,meta[http-equiv],base,svg,[src],[href],[id]')]\
        .map(e => e.outerHTML).join()";
    assert_eq!(ask(page, left).await, json!(""));
    assert_eq!(
        ask(page, "return self.origin").await,
        json!("null"),
        "of no origin"
    );
    for link in page.find_all(Locator::Css("a")).await.unwrap() {
        link.click().await.unwrap();
    }
    shows(page, "p", "The harmless part").await;
    page.enter_parent_frame().await.unwrap();
    nothing_happened(page, &elsewhere, "in its frame").await;
    assert_eq!(
        page.current_url().await.unwrap().path(),
        format!("/inbound/{id}")
    );

    // Opened by itself it is no better.
    page.goto(&format!("{home}/inbound/{id}/html"))
        .await
        .unwrap();
    shows(page, "p", "The harmless part").await;
    assert_eq!(
        ask(page, "return [self.origin, document.title]").await,
        json!(["null", ""])
    );
    assert_eq!(elsewhere.calls(), 0, "by itself");

    page.goto(&format!("{home}/inbound/{id}")).await.unwrap();
    let opens = page.find(Locator::Css("button[popovertarget=delete-message].small"));
    opens.await.unwrap().click().await.unwrap();
    submit(page, "/delete").await;
    shows(page, "main", "The message was deleted").await;
    shows(page, "main", "Nothing received yet").await;
    browser.close().await;
}
