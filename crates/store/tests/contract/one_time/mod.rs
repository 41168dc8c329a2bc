//! One-time values and what they open; mail on its way.

mod addresses;
mod asking;
mod deletion;
mod given;
mod mail;
mod passwords;
