//! The model's tests: recorded trees, laws on arbitrary trees, plans.

mod built;
mod dead_letters;
mod declared;
mod drawn;
mod findings;
mod fixtures;
mod foreign;
mod growth;
mod hostile;
mod items;
mod ladder;
mod laws;
mod layouts;
mod plans;
mod rates;
mod recorded;
mod waits;
mod watches;
