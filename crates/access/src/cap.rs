//! What a proof proves: the marker types of [`Granted`](crate::Granted).

mod sealed {
    pub trait Sealed {}
}

/// A marker of what its holder may do with the row it comes with.
pub trait Cap: sealed::Sealed + 'static {}

macro_rules! caps {
    ($($(#[$meta:meta])* $name:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Cap for $name {}
    )+};
}

caps! {
    /// See it.
    Read,
    /// Send mail from it.
    Send,
    /// Operate it.
    Write,
    /// Do to it what loses data.
    Admin,
}
