//! Where the texts of the settings come from: the environment, then a TOML file, then defaults.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use postscale_model::Plan;

use super::plans;
use super::table::{FOREIGN, FOREIGN_PREFIX, Mode, PREFIX, SETTINGS, Setting};

/// The one line that says which setting stops the start, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct ConfigError {
    place: String,
    why: String,
}

impl ConfigError {
    /// What is wrong, and with which setting or file.
    pub fn new(place: impl fmt::Display, why: impl fmt::Display) -> Self {
        let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            place: one_line(place.to_string()),
            why: one_line(why.to_string()),
        }
    }
}

/// The text of every setting that somebody set, with the place it was set in.
pub struct Values {
    mode: Mode,
    set: BTreeMap<&'static str, (String, String)>,
    /// The table `[plans]`.
    pub plans: BTreeMap<String, Plan>,
}

impl Values {
    /// Reads both sources and refuses names that mean nothing.
    pub fn read(
        mode: Mode,
        environment: impl Iterator<Item = (String, String)>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let environment: BTreeMap<String, String> = environment.collect();
        let unset = || {
            environment
                .get("POSTSCALE_CONFIG")
                .filter(|path| !path.is_empty())
        };
        let file = file
            .map(PathBuf::from)
            .or_else(|| unset().map(PathBuf::from));
        let mut values = Self {
            mode,
            set: BTreeMap::new(),
            plans: plans::built_in(),
        };
        if let Some(file) = file {
            values.read_file(&file)?;
        }
        let known: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        let foreign = |name: &str| FOREIGN.contains(&name) || name.starts_with(FOREIGN_PREFIX);
        for name in environment.keys().filter(|name| name.starts_with(PREFIX)) {
            if !known.contains(name.as_str()) && !foreign(name) {
                return Err(ConfigError::new(name, "there is no such setting"));
            }
        }
        for setting in SETTINGS {
            if let Some(text) = environment.get(setting.name) {
                values
                    .set
                    .insert(setting.name, (text.clone(), setting.name.to_owned()));
            }
        }
        Ok(values)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let place = path.display();
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError::new(&place, e))?;
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            ConfigError::new(&place, format_args!("is not TOML: {}", e.message()))
        })?;
        for (key, value) in table {
            let here = format!("{key} in {place}");
            if key == "plans" {
                self.plans = plans::read(value).map_err(|why| ConfigError::new(here, why))?;
                continue;
            }
            let setting = SETTINGS.iter().find(|setting| setting.key() == key);
            let setting =
                setting.ok_or_else(|| ConfigError::new(&here, "there is no such setting"))?;
            let text = text_of(value).ok_or_else(|| {
                ConfigError::new(
                    &here,
                    "must be a text, a number, true, false or a list of texts",
                )
            })?;
            self.set.insert(setting.name, (text, here));
        }
        Ok(())
    }

    fn find(&self, name: &str) -> &'static Setting {
        let found = SETTINGS.iter().find(|setting| setting.name == name);
        found.expect("BUG: every setting that is read stands in the table")
    }

    /// The text of a setting, and where it stands.
    fn text(&self, name: &'static str) -> Result<(&str, &str), ConfigError> {
        if let Some((text, place)) = self.set.get(name) {
            return Ok((text.trim(), place));
        }
        let default = self.find(name).default_text(self.mode);
        let default = default.ok_or_else(|| ConfigError::new(name, "must be set"))?;
        Ok((default, name))
    }

    /// A setting that must have a value.
    pub fn get<T, E: fmt::Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        let (text, place) = self.text(name)?;
        if text.is_empty() {
            return Err(ConfigError::new(place, "must not be empty"));
        }
        parse(text).map_err(|why| ConfigError::new(place, why))
    }

    /// A setting for which empty means none.
    pub fn find_value<T, E: fmt::Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let (text, place) = self.text(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        parse(text)
            .map(Some)
            .map_err(|why| ConfigError::new(place, why))
    }

    /// A list separated by commas; empty is no entry.
    pub fn list<T, E: fmt::Display>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, ConfigError> {
        let (text, place) = self.text(name)?;
        let entries = text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        entries
            .map(|entry| parse(entry).map_err(|why| ConfigError::new(place, why)))
            .collect()
    }

    /// That a setting does not go with the others.
    pub fn refuse(&self, name: &'static str, why: &str) -> ConfigError {
        let place = self.set.get(name).map_or(name, |(_, place)| place);
        ConfigError::new(place, why)
    }
}

fn text_of(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(true) => Some("on".to_owned()),
        toml::Value::Boolean(false) => Some("off".to_owned()),
        toml::Value::Array(entries) => {
            let texts: Option<Vec<String>> = entries
                .into_iter()
                .map(|entry| match entry {
                    toml::Value::String(text) => Some(text),
                    _ => None,
                })
                .collect();
            Some(texts?.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
