//! The use cases, one line each: what is there before, the request, and what its repetition comes to.

mod accounts;
mod administration;
mod decisions;
mod sessions;
mod tenants;

use crate::case::Case;

/// Every case.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    let chapters = [
        sessions::CASES,
        accounts::CASES,
        tenants::CASES,
        administration::CASES,
        decisions::CASES,
    ];
    chapters.into_iter().flatten()
}
