//! The SMTP doors of the running binary.

mod doors;
mod paused;
mod quota;
mod rules;
