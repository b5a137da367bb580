//! Closed vocabularies: enums whose members have one spelling on the wire and in the database.

/// A closed set of words, each with exactly one spelling.
pub trait Word: Copy + Sized + 'static {
    /// Every member, in the order documentation lists them.
    const ALL: &'static [Self];
    /// The one spelling of this member.
    fn as_str(self) -> &'static str;
    /// The member with that spelling.
    ///
    /// # Errors
    /// [`UnknownWord`] when no member is spelled so. Comparison is exact.
    fn parse(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .iter()
            .copied()
            .find(|word| word.as_str() == text)
            .ok_or(UnknownWord)
    }
}

/// No member of the vocabulary is spelled so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

/// Declares an enum that is a [`Word`], with serde and `Display` by its spelling.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant,)+ }
        impl $crate::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            fn as_str(self) -> &'static str { match self { $(Self::$variant => $text,)+ } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::Word::as_str(*self))
            }
        }
    };
}
pub(crate) use words;
