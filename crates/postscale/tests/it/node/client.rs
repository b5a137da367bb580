//! The smallest SMTP client that can bring one message to a door.

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// Brings a message; gives the code of the first refusal, or of the last answer.
pub async fn send(address: &str, from: &str, to: &str, message: &str) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut stream = BufReader::new(stream);
    reply(&mut stream).await;
    let message = message.replace("\r\n.", "\r\n..");
    for (line, want) in [
        ("EHLO mx.far.example".to_owned(), '2'),
        (format!("MAIL FROM:<{from}>"), '2'),
        (format!("RCPT TO:<{to}>"), '2'),
        ("DATA".to_owned(), '3'),
        (format!("{message}."), '2'),
    ] {
        let line = [line.as_bytes(), b"\r\n"].concat();
        stream.write_all(&line).await.unwrap();
        let code = reply(&mut stream).await;
        if !code.starts_with(want) {
            return code;
        }
    }
    "250".to_owned()
}

async fn reply(stream: &mut BufReader<TcpStream>) -> String {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line.as_bytes().get(3) != Some(&b'-') {
            return line.chars().take(3).collect();
        }
    }
}
