//! JSON Web Tokens: claims, the rules a caller sets, and verification at a given time (RFC 7519, RFC 8725).

mod cache;
mod claims;
mod error;
mod rules;
mod verify;

pub use self::{
    cache::VerifiedTokens,
    claims::Claims,
    error::TokenError,
    rules::{Rules, RulesError},
    verify::{VerifiedToken, verify},
};
