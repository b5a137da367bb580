//! Plays one side of an SMTP transcript and checks the other.
//!
//! - `C: text` is a line of the client, `S: text` a line or a whole reply of the server.
//! - `C! text` and `S! text` have no CRLF added; `\r`, `\n`, `\0`, `\xff` and `\\` are escapes in all.
//! - Neighbouring lines of the side played here leave in one write.
//! - A reply of several lines is compared as `250-a | 250 b`; `*` in an expectation matches anything.
//! - `S: EOF` expects the server to close; `TLS` is a client's handshake, `HANDSHAKE` a server's.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::server::{test_acceptor, test_connector};

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// Longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Client,
    Server,
}

pub struct Player {
    socket: Option<Box<dyn Socket>>,
    input: Vec<u8>,
    side: Side,
}

impl Player {
    pub fn new(socket: TcpStream, side: Side) -> Self {
        socket.set_nodelay(true).unwrap();
        Self {
            socket: Some(Box::new(socket)),
            input: Vec::new(),
            side,
        }
    }

    pub async fn play(&mut self, script: &str) {
        let mut output = Vec::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (mark, text) = line.split_at(line.len().min(2));
            let text = text.strip_prefix(' ').unwrap_or(text);
            let (ours, theirs) = match self.side {
                Side::Client => (["C:", "C!"], "S:"),
                Side::Server => (["S:", "S!"], "C:"),
            };
            if ours.contains(&mark) {
                output.extend(unescape(text));
                if mark.ends_with(':') {
                    output.extend(b"\r\n");
                }
                continue;
            }
            self.send(&std::mem::take(&mut output)).await;
            if mark == theirs {
                self.expect(text).await;
            } else if line == "TLS" || line == "HANDSHAKE" {
                self.handshake().await;
            } else {
                panic!("not a line of a script: {line}");
            }
        }
        self.send(&output).await;
    }

    pub async fn send(&mut self, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        let socket = self.socket.as_mut().expect("the connection is open");
        socket.write_all(octets).await.unwrap();
        socket.flush().await.unwrap();
    }

    /// Reads until the other side closes.
    pub async fn drain(&mut self) {
        while self.line().await.is_some() {}
    }

    pub async fn expect(&mut self, pattern: &str) {
        let got = self.next().await;
        assert!(matches(pattern, &got), "expected {pattern}\n     got {got}");
    }

    /// A whole reply, or a client's line, or `EOF`.
    async fn next(&mut self) -> String {
        let mut lines = Vec::new();
        loop {
            let Some(line) = self.line().await else {
                return "EOF".to_owned();
            };
            let is_last = self.side == Side::Server || line.as_bytes().get(3) != Some(&b'-');
            lines.push(line);
            if is_last {
                return lines.join(" | ");
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.input.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.input.drain(..end + 2).collect();
                return Some(line[..end].escape_ascii().to_string().replace("\\'", "'"));
            }
            let mut piece = [0; 4096];
            let socket = self.socket.as_mut().expect("the connection is open");
            let read = timeout(PATIENCE, socket.read(&mut piece))
                .await
                .expect("an answer in time");
            match read {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.input.extend(&piece[..read]),
            }
        }
    }

    async fn handshake(&mut self) {
        assert!(self.input.is_empty(), "nothing is left unread before TLS");
        let socket = self.socket.take().expect("the connection is open");
        self.socket = Some(match self.side {
            Side::Client => {
                let name = "mx.example.net".try_into().unwrap();
                Box::new(test_connector().connect(name, socket).await.unwrap())
            }
            Side::Server => Box::new(test_acceptor().accept(socket).await.unwrap()),
        });
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet != b'\\' {
            out.push(octet);
            continue;
        }
        out.push(match octets.next() {
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b'0') => 0,
            Some(b'x') => {
                let digits = [octets.next().unwrap(), octets.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other.expect("an escape"),
        });
    }
    out
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
