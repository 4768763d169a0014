//! The model's tests: recorded trees, laws on arbitrary trees, plans.

mod declared;
mod fixtures;
mod laws;
mod plans;
mod recorded;
