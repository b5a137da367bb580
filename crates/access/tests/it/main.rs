//! Goal: the policy agrees with the normative table, everywhere.
//! Method: the table itself is loaded and every cell is asked of the pure function; the gate is asked
//! with storage of the test's own.

mod exhaustive;
mod explanation;
mod gate;
mod matrix;
mod misuse;
mod people;
mod rules;
mod shelf;
mod table;
