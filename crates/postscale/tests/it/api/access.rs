//! `/v1/access`

mod explain;
mod preview;
mod review;
