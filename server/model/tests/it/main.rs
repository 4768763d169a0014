//! The model's tests: recorded trees, laws on arbitrary trees, plans.

mod drawn;
mod fixtures;
mod laws;
mod layouts;
mod plans;
mod recorded;
