//! The smallest HTTP/1.1 client that can show a session or a key.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Sends requests with the same headers each time.
#[derive(Clone)]
pub struct Session {
    address: String,
    headers: String,
}

/// An answer: status, headers, body.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Session {
    /// One that presents an API key.
    pub fn with_key(address: &str, key: &str) -> Self {
        Self {
            address: address.to_owned(),
            headers: format!("Authorization: Bearer {key}\r\n"),
        }
    }

    /// Signs a person in.
    pub async fn sign_in(address: &str, email: &str, password: &str) -> Self {
        let nobody = Self {
            address: address.to_owned(),
            headers: String::new(),
        };
        let body = json!({"email": email, "password": password});
        let reply = nobody.ask("POST", "/v1/auth/login", Some(&body)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        let cookie = reply
            .head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .starts_with("set-cookie:")
                    .then(|| line[11..].to_owned())
            })
            .unwrap();
        let cookie = cookie.split(';').next().unwrap().trim().to_owned();
        let csrf = answer["csrf_token"].as_str().unwrap();
        Self {
            headers: format!("Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"),
            ..nobody
        }
    }

    /// Asks and gives whatever is answered.
    pub async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{}\r\n{body}",
            self.address,
            body.len(),
            self.headers
        );
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).await.unwrap();
        let text = String::from_utf8(octets).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Reply {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// Asks and insists on a status.
    pub async fn expect(
        &self,
        status: u16,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let reply = self.ask(method, path, body.as_ref()).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
        serde_json::from_str(&reply.body).unwrap_or(Value::Null)
    }
}
