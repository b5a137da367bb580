//! Reports of other hosts: taken over inside the SMTP conversation ([`intake`]), read afterwards
//! (`reading`), and the names of the sources they name looked up (`names`). What cannot be read is
//! never answered: its reason is kept, for those who see the domain.

pub mod intake;
pub(crate) mod names;
pub(crate) mod reading;
