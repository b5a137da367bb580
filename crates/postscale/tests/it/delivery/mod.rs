//! What leaves the running binary, and what stays when it is killed.

mod dkimpy;
mod durability;
mod rotation;
