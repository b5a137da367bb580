//! A text as an image for cameras.

use std::fmt::Write as _;

use askama::Template;
use qrcode::types::{Color, QrError};

use super::component;

/// Modules of white around the code (ISO/IEC 18004 §9.1).
const QUIET_ZONE: usize = 4;

/// A text as an image for cameras: dark on light in both themes, because not every camera reads the
/// opposite. What it says stands beside it for who does not see it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/qr_code.html")]
pub struct QrCode {
    side: usize,
    dark: String,
}
component!(QrCode);

impl QrCode {
    /// The image.
    ///
    /// # Errors
    /// When the text is longer than a code holds.
    pub fn new(text: &str) -> Result<Self, QrError> {
        let code = qrcode::QrCode::new(text)?;
        let width = code.width();
        let mut dark = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (at % width + QUIET_ZONE, at / width + QUIET_ZONE);
                let _infallible = write!(dark, "M{x} {y}h1v1h-1z");
            }
        }
        let side = width + 2 * QUIET_ZONE;
        Ok(Self { side, dark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_square_with_a_quiet_border() {
        let code = QrCode::new("otpauth://totp/a").unwrap();
        assert_eq!(code.side, 25 + 2 * QUIET_ZONE);
        assert!(
            code.dark.starts_with("M4 4h1v1h-1z"),
            "the finder pattern's corner"
        );
        assert!(QrCode::new(&"a".repeat(5000)).is_err());
    }
}
