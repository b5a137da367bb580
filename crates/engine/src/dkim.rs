//! DKIM keys by themselves: a new one signs once its record is seen, a replaced one ends, and those of
//! a domain that wants it are rotated now and then.

mod retire;
mod rotate;
mod watch;

pub(crate) use retire::retire;
pub(crate) use rotate::rotate;
pub(crate) use watch::watch;
