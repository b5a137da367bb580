//! `dev.json` in the data directory: what is told again at every start.

use anyhow::{Context as _, Result};
use postscale_model::Sources;
use serde::{Deserialize, Serialize};

use crate::data_dir::DataDir;

const FILE: &str = "dev.json";

/// What the demo's users sign in with and its clients use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Demo {
    /// Password of every demo login.
    pub password: String,
    /// A live key of the organization; none until it is made.
    pub live_key: Option<String>,
    /// A test key of the organization; none until it is made.
    pub test_key: Option<String>,
    /// The sample messages were handed in.
    pub is_mailed: bool,
    /// Nothing is left to make.
    pub is_complete: bool,
}

impl Demo {
    /// What the file says; a new password the first time.
    pub fn load(data: &DataDir, sources: &Sources) -> Result<Self> {
        if let Some(text) = data.read(FILE)? {
            let path = data.path(FILE);
            return serde_json::from_str(&text)
                .with_context(|| format!("cannot understand {}", path.display()));
        }
        let demo = Self {
            password: format!("demo-{}", sources.hex::<6>()),
            live_key: None,
            test_key: None,
            is_mailed: false,
            is_complete: false,
        };
        demo.save(data)?;
        Ok(demo)
    }

    /// Writes the file.
    pub fn save(&self, data: &DataDir) -> Result<()> {
        data.write(FILE, &(serde_json::to_string_pretty(self)? + "\n"))
    }
}
