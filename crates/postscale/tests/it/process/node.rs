//! A node in a process of its own, ended with the test.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::postscale;

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// A running node.
pub struct Node {
    child: Child,
    output: PathBuf,
    /// What its `runtime.json` says.
    pub runtime: Value,
}

impl Node {
    /// Starts `serve` with these settings on top and waits until it listens.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::start_as("serve", data, settings)
    }

    /// Starts it that way with these settings on top and waits until it listens.
    pub fn start_as(mode: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        let output = data.join("stdout");
        let mut command = postscale(data);
        command
            .arg(mode)
            .env("POSTSCALE_HOSTNAME", "mail.example.com");
        for listener in ["HTTP", "OPS", "MX", "SUBMISSION", "SUBMISSIONS"] {
            command.env(format!("POSTSCALE_{listener}_LISTEN"), "127.0.0.1:0");
        }
        command
            .envs(settings.iter().copied())
            .stdout(File::create(&output).unwrap())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (file, started) = (data.join("runtime.json"), Instant::now());
        let text = loop {
            if let Ok(text) = std::fs::read_to_string(&file) {
                break text;
            }
            assert_eq!(child.try_wait().unwrap(), None, "the node ended");
            assert!(started.elapsed() < START_LIMIT, "the node does not listen");
            sleep(LOOK);
        };
        Self {
            child,
            output,
            runtime: serde_json::from_str(&text).unwrap(),
        }
    }

    /// The address of a listener.
    pub fn address(&self, listener: &str) -> &str {
        self.runtime[listener].as_str().unwrap()
    }

    /// Status and everything after it of a `GET`, or of a `POST` when there is a JSON body.
    pub fn http(&self, listener: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        let (method, body) = body.map_or(("GET", String::new()), |body| ("POST", body.to_string()));
        self.exchange(method, (listener, path), "application/json", &body)
    }

    fn exchange(
        &self,
        method: &str,
        (listener, path): (&str, &str),
        kind: &str,
        body: &str,
    ) -> (u16, String) {
        let head = format!("Content-Type: {kind}\r\nContent-Length: {}", body.len());
        self.request(method, (listener, path), &head, body)
    }

    /// Status and everything after it of a request with that head and no more than that body.
    pub fn request(
        &self,
        method: &str,
        (listener, path): (&str, &str),
        head: &str,
        body: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address(listener)).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (status, rest) = answer.strip_prefix("HTTP/1.1 ").unwrap().split_at(3);
        (status.parse().unwrap(), rest.to_owned())
    }

    /// Waits for a line on standard output that contains `part`.
    pub fn printed(&self, part: &str) -> String {
        let started = Instant::now();
        loop {
            let text = std::fs::read_to_string(&self.output).unwrap();
            let whole = text
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            if let Some(line) = whole.map(str::trim).find(|line| line.contains(part)) {
                return line.to_owned();
            }
            assert!(started.elapsed() < START_LIMIT, "no {part} in {text}");
            sleep(LOOK);
        }
    }

    /// Status and everything after it of a form that is sent.
    pub fn form(&self, path: &str, fields: &str) -> (u16, String) {
        self.exchange(
            "POST",
            ("http", path),
            "application/x-www-form-urlencoded",
            fields,
        )
    }

    /// The last reply line to each command of one SMTP session, the greeting first.
    pub fn smtp(&self, listener: &str, commands: &[&str]) -> Vec<String> {
        let mut stream = BufReader::new(TcpStream::connect(self.address(listener)).unwrap());
        let mut replies = vec![last_line(&mut stream)];
        for command in commands {
            stream
                .get_mut()
                .write_all(format!("{command}\r\n").as_bytes())
                .unwrap();
            replies.push(last_line(&mut stream));
        }
        replies
    }

    /// Asks it to stop; its exit code and how long it took.
    pub fn stop(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        while started.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), started.elapsed());
            }
            sleep(LOOK);
        }
        panic!("the node does not stop");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Gone already when it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_line(stream: &mut BufReader<TcpStream>) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(
            stream.read_line(&mut line).unwrap(),
            0,
            "the server hung up"
        );
        if line.as_bytes().get(3) == Some(&b' ') {
            return line.trim_end().to_owned();
        }
    }
}
