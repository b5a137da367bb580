//! Goal: the policy agrees with the normative table, everywhere.
//! Method: the table itself is loaded and every cell is asked of the pure function.

mod matrix;
mod misuse;
mod people;
mod table;
