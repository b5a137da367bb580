//! The pages as plain data, one file per noun. Each struct is one template; its fields are what
//! the template shows, in the order in which it shows it.
//!
//! An absent form (`None`) is an absent right: the reader sees the same facts and no control.

pub mod access;
pub mod account;
pub mod aliases;
pub mod api_keys;
pub mod api_reference;
pub mod audit;
pub mod billing;
pub mod caught_mail;
pub mod dmarc;
mod dns_records;
mod domain_dkim;
mod domain_settings;
mod domain_tabs;
pub mod domain_warming;
pub mod domains;
pub mod emails;
pub mod forward_target;
pub mod founding;
pub mod inbound;
pub mod invitations;
pub mod organization;
pub mod password_reset;
pub mod problems;
pub mod rules;
pub mod sign_in;
pub mod stats;
pub mod team;
mod webhook_choice;
pub mod webhooks;
pub mod words;
