//! Path segments: percent-decoded once, as opaque data, after routing on the raw path.

use std::{convert::Infallible, marker::PhantomData, str::FromStr};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

/// One named path parameter: implemented by markers such as [`Name`].
pub trait Segment: Send {
    /// The parameter's name in the path template.
    const NAME: &'static str;
}

/// Declares the path parameter types of a surface.
#[macro_export]
macro_rules! segments {
    ($($(#[$meta:meta])* $marker:ident = $name:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub enum $marker {}
        impl $crate::Segment for $marker { const NAME: &'static str = $name; }
    )+};
}

/// A path parameter as text; empty when it is not UTF-8 or has a NUL in it, and so can name nothing.
#[derive(Debug)]
pub struct Name<M> {
    /// The decoded text.
    pub text: String,
    marker: PhantomData<fn() -> M>,
}

/// A path parameter as an id; `None` when it can be none, which is exactly as absent.
#[derive(Debug)]
pub struct Ref<M, T> {
    /// The id, if the text is one.
    pub id: Option<T>,
    marker: PhantomData<fn() -> M>,
}

async fn text<M: Segment, S: Send + Sync>(parts: &mut Parts, state: &S) -> String {
    let Ok(parameters) = RawPathParams::from_request_parts(parts, state).await else {
        return String::new();
    };
    // The router matched the raw path and decoded each parameter, once: there is nothing left to decode.
    let decoded = parameters.iter().find(|(name, _)| *name == M::NAME);
    decoded
        .filter(|(_, value)| !value.contains('\0'))
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default()
}

impl<M: Segment, S: Send + Sync> FromRequestParts<S> for Name<M> {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self {
            text: text::<M, S>(parts, state).await,
            marker: PhantomData,
        })
    }
}

impl<M: Segment, T: FromStr, S: Send + Sync> FromRequestParts<S> for Ref<M, T> {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self {
            id: text::<M, S>(parts, state).await.parse().ok(),
            marker: PhantomData,
        })
    }
}
