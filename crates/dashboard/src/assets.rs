//! The files the browser loads: one style sheet, one script, one icon. All are in the binary.

/// A file served at `/assets/<name>?v=<version>`; the version changes with its bytes, so it may
/// be cached for ever.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name in the address.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// The style sheet: tokens for colour, type and spacing, and the components built on them.
pub const STYLE: Asset = Asset {
    name: "app.css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../assets/app.css"),
};

/// The script: copy buttons, live checks, theme, relative times, dialogs. Pages work without it.
pub const SCRIPT: Asset = Asset {
    name: "app.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../assets/app.js"),
};

/// The icon of the tab.
pub const FAVICON: Asset = Asset {
    name: "favicon.svg",
    content_type: "image/svg+xml",
    bytes: include_bytes!("../assets/favicon.svg"),
};

/// Every asset.
pub const ALL: &[Asset] = &[STYLE, SCRIPT, FAVICON];

/// The asset with that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.name == name)
}

impl Asset {
    /// A number that changes with the bytes (FNV-1a, 64 bits). It names a version for caches and
    /// protects nothing.
    #[must_use]
    pub const fn version(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut at = 0;
        while at < self.bytes.len() {
            hash = (hash ^ self.bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        hash
    }

    /// The version as it stands in the address.
    #[must_use]
    pub fn version_text(&self) -> String {
        format!("{:016x}", self.version())
    }

    /// The address a page links to.
    #[must_use]
    pub fn href(&self) -> String {
        format!("/assets/{}?v={}", self.name, self.version_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_its_name_only() {
        assert_eq!(find("app.css").map(|a| a.name), Some("app.css"));
        assert!(find("../Cargo.toml").is_none());
        assert!(find("").is_none());
    }

    #[test]
    fn the_version_changes_with_the_bytes() {
        let one = Asset {
            bytes: b"a",
            ..STYLE
        };
        let two = Asset {
            bytes: b"b",
            ..STYLE
        };
        assert_ne!(one.version(), two.version());
        assert_eq!(one.href(), "/assets/app.css?v=af63dc4c8601ec8c");
    }
}
