//! `submit ADDRESS FROM TO MESSAGES [KEY]`: ten SMTP sessions that keep their connection and send
//! 4 KiB messages one after the other, as `smtp-source -d` does. With a key it starts TLS and
//! authenticates first, which `smtp-source` cannot. Prints the seconds from the first connection
//! to the last reply. TLS is encrypted but not verified: the server is our own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

const SESSIONS: u32 = 10;
const SIZE_BYTES: usize = 4096;
const REPLY_LIMIT: Duration = Duration::from_secs(60);

trait Connection: Read + Write {}
impl<T: Read + Write> Connection for T {}

struct Session(BufReader<Box<dyn Connection>>);

#[derive(Clone)]
struct Load {
    address: String,
    from: String,
    to: String,
    key: Option<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, from, to, messages, key @ ..] = arguments.as_slice() else {
        panic!("usage: submit ADDRESS FROM TO MESSAGES [KEY]");
    };
    let messages: u32 = messages.parse().expect("a number of messages");
    let load = Load {
        address: address.clone(),
        from: from.clone(),
        to: to.clone(),
        key: key.first().cloned(),
    };
    let start = Instant::now();
    let threads: Vec<_> = (0..SESSIONS)
        .map(|session| {
            let load = load.clone();
            let share = messages / SESSIONS + u32::from(session < messages % SESSIONS);
            std::thread::spawn(move || load.run(session, share))
        })
        .collect();
    for thread in threads {
        thread.join().expect("a session failed");
    }
    println!("{}", start.elapsed().as_secs_f64());
}

impl Load {
    fn run(&self, session: u32, messages: u32) {
        let mut connection = self.open();
        for number in 0..messages {
            connection.say(&format!("MAIL FROM:<{}>", self.from), "250");
            connection.say(&format!("RCPT TO:<{}>", self.to), "250");
            connection.say("DATA", "354");
            connection.say(&self.message(session, number), "250");
        }
        connection.say("QUIT", "221");
    }

    fn open(&self) -> Session {
        let stream = TcpStream::connect(&self.address).expect("connect");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(REPLY_LIMIT)).expect("a limit");
        let plain = stream.try_clone().expect("a second handle");
        let mut session = Session(BufReader::new(Box::new(plain)));
        session.expect("220");
        session.say("EHLO load.example", "250");
        let Some(key) = &self.key else { return session };
        session.say("STARTTLS", "220");
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(tls(), name).expect("a TLS client");
        let stream = StreamOwned::new(client, stream);
        let mut session = Session(BufReader::new(Box::new(stream)));
        session.say("EHLO load.example", "250");
        session.say("AUTH PLAIN", "334");
        session.say(&base64(format!("\0postscale\0{key}").as_bytes()), "235");
        session
    }

    fn message(&self, session: u32, number: u32) -> String {
        let (from, to) = (&self.from, &self.to);
        let id = format!("{}.{session}.{number}@load.example", std::process::id());
        let mut message = format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: load {number}\r\nMessage-ID: <{id}>\r\n\
             Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        );
        while message.len() < SIZE_BYTES {
            message.push_str("The quick brown fox jumps over the lazy dog, line after line.\r\n");
        }
        message.push('.');
        message
    }
}

impl Session {
    fn say(&mut self, line: &str, expected: &str) {
        let connection = self.0.get_mut();
        connection
            .write_all(format!("{line}\r\n").as_bytes())
            .expect("write");
        connection.flush().expect("flush");
        self.expect(expected);
    }

    /// Reads one reply of any number of lines.
    fn expect(&mut self, expected: &str) {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a reply");
            assert!(
                line.starts_with(expected),
                "expected {expected}, got {line:?}"
            );
            if line.as_bytes().get(3) != Some(&b'-') {
                return;
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0_u8; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for position in 0..4 {
            match position <= chunk.len() {
                true => text.push(ALPHABET[(word >> (18 - 6 * position)) as usize & 63] as char),
                false => text.push('='),
            }
        }
    }
    text
}

fn tls() -> Arc<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(provider.clone()));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Arc::new(config)
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
