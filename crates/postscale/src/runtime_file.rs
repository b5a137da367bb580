//! `runtime.json` in the data directory: where a running node listens, there while it does.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::data_dir::DataDir;

const FILE: &str = "runtime.json";

/// Addresses a node really listens on, by service.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Listening {
    pub http: Vec<SocketAddr>,
    pub ops: Vec<SocketAddr>,
    pub mx: Vec<SocketAddr>,
    pub submission: Vec<SocketAddr>,
    pub submissions: Vec<SocketAddr>,
}

#[derive(Serialize)]
struct Runtime {
    http: Option<String>,
    ops: Option<String>,
    mx: Option<String>,
    submission: Option<String>,
    submissions: Option<String>,
    pid: u32,
    version: &'static str,
}

/// The file; removed when dropped.
pub struct RuntimeFile(DataDir);

impl RuntimeFile {
    /// Removes what a node that was killed left behind: it would speak of ports nobody listens on.
    pub fn remove_stale(data: &DataDir) -> Result<()> {
        let path = data.path(FILE);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Says where the node listens. A service that is off is `null`; several addresses of one are
    /// separated by commas, as in its setting.
    pub fn write(data: &DataDir, listening: &Listening) -> Result<Self> {
        let listed = |addresses: &[SocketAddr]| {
            let texts: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
            (!texts.is_empty()).then(|| texts.join(","))
        };
        let runtime = Runtime {
            http: listed(&listening.http),
            ops: listed(&listening.ops),
            mx: listed(&listening.mx),
            submission: listed(&listening.submission),
            submissions: listed(&listening.submissions),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
        };
        data.write(FILE, &(serde_json::to_string(&runtime)? + "\n"))?;
        Ok(Self(data.clone()))
    }
}

impl Drop for RuntimeFile {
    fn drop(&mut self) {
        let path = self.0.path(FILE);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, file = %path.display(), "cannot remove the file of a node that stopped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_there_while_the_node_listens() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDir::open(directory.path()).unwrap();
        let address = |text: &str| text.parse().unwrap();
        let listening = Listening {
            http: vec![address("127.0.0.1:8080")],
            mx: vec![address("127.0.0.1:25"), address("[::1]:25")],
            ..Listening::default()
        };
        let file = RuntimeFile::write(&data, &listening).unwrap();
        let (pid, version) = (std::process::id(), env!("CARGO_PKG_VERSION"));
        let expected = format!(
            "{{\"http\":\"127.0.0.1:8080\",\"ops\":null,\"mx\":\"127.0.0.1:25,[::1]:25\",\
             \"submission\":null,\"submissions\":null,\"pid\":{pid},\"version\":\"{version}\"}}\n"
        );
        assert_eq!(data.read(FILE).unwrap(), Some(expected));
        drop(file);
        assert_eq!(data.read(FILE).unwrap(), None);
    }
}
