//! An administrator acts as somebody else.

mod begins;
mod both_names;
mod ends;
mod sensitive;
mod way_back;
