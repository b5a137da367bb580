//! The rest of the world: an SMTP server on a socket that takes every message and keeps it.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::AbortHandle,
};

use super::DEADLINE;

/// A message as it came over the wire.
#[derive(Debug, Clone, Default)]
pub struct Caught {
    pub from: String,
    /// Of MAIL FROM.
    pub parameters: String,
    pub to: Vec<String>,
    /// Without dot-stuffing, lines ended by CRLF.
    pub message: Vec<u8>,
}

impl Caught {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.message).into_owned()
    }
}

pub struct Sink {
    address: SocketAddr,
    caught: Mutex<UnboundedReceiver<Caught>>,
    accepting: AbortHandle,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, caught) = unbounded_channel();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                // A client that breaks off leaves nothing half taken.
                tokio::spawn(async move { converse(stream, sender).await.ok() });
            }
        });
        Self {
            address,
            caught: Mutex::new(caught),
            accepting: accepting.abort_handle(),
        }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next message.
    pub async fn next(&self) -> Caught {
        let mut caught = self.caught.lock().await;
        let next = tokio::time::timeout(DEADLINE, caught.recv()).await;
        next.expect("a message in time").expect("a running sink")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn converse(stream: TcpStream, caught: UnboundedSender<Caught>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mx.far.example ESMTP\r\n").await?;
    let mut current = Caught::default();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let upper = line.trim_end().to_ascii_uppercase();
        let path = || {
            let text = line.split_once('<').map_or("", |(_, rest)| rest);
            text.split('>').next().unwrap_or_default().to_owned()
        };
        let reply: &[u8] = match upper.get(..4).unwrap_or_default() {
            "EHLO" => b"250-mx.far.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "MAIL" => {
                current = Caught {
                    from: path(),
                    parameters: parameters(&line),
                    ..Caught::default()
                };
                b"250 2.1.0 Ok\r\n"
            }
            "RCPT" => {
                current.to.push(path());
                b"250 2.1.5 Ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 Go ahead\r\n").await?;
                current.message = read_data(&mut stream).await?;
                let _ = caught.send(current.clone());
                b"250 2.0.0 Taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 2.0.0 Bye\r\n").await?;
                return Ok(());
            }
            "HELO" | "RSET" | "NOOP" => b"250 2.0.0 Ok\r\n",
            _ => b"502 5.5.1 Unknown\r\n",
        };
        stream.write_all(reply).await?;
    }
}

/// What stands behind a path.
fn parameters(line: &str) -> String {
    let rest = line.split_once('>').map_or("", |(_, rest)| rest);
    rest.trim().to_owned()
}

async fn read_data(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.as_slice() {
            b".\r\n" => return Ok(message),
            [b'.', rest @ ..] => message.extend_from_slice(rest),
            all => message.extend_from_slice(all),
        }
    }
}
