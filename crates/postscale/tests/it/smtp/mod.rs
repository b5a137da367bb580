//! The SMTP doors of the running binary.

mod circles;
mod doors;
mod foreign;
mod internationalized;
mod large;
mod lines;
mod masked;
mod odd;
mod pace;
mod paused;
mod quota;
mod reports;
mod rules;
mod warming;
