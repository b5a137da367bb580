//! Organizations and the people who log in.

use crate::{Address, OrganizationId, PersonId, Timestamp};

/// A tenant. Everything but persons and sessions belongs to exactly one.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Random, never reused.
    pub id: OrganizationId,
    /// Shown name, at most 80 characters.
    pub name: String,
    /// Name of the plan in the configuration; `unlimited` by default.
    pub plan: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// One login: address, password, second factor. May be a user of several organizations.
#[derive(Debug, Clone)]
pub struct Person {
    /// Random, never reused.
    pub id: PersonId,
    /// The stored address; mail goes only to exactly this.
    pub email: Address,
    /// Shown name.
    pub name: String,
    /// When the address was proven.
    pub email_verified_at: Option<Timestamp>,
    /// When the person was created.
    pub created_at: Timestamp,
}
