//! The decision core of Portcullis: who is calling, and may they do this.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod condition;
pub mod decide;
pub mod jose;
pub mod json;
pub mod limits;
mod number;
pub mod policy;
#[cfg(feature = "sql")]
pub mod sql;
pub mod time;
pub mod token;
