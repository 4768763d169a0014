#![doc = include_str!("../README.md")]

mod catalog;
mod census;
mod declared;
mod diff;
mod directories;
mod finding;
mod line;
mod observed;
mod plan;
pub mod project;
mod queue;
mod recipe;
mod revision;
mod roster;
mod sessions;
mod suspects;
mod tree;
mod waits;

pub use catalog::Catalog;
pub use declared::{Declarations, Declared, DeclaredError, Pattern, PatternError};
pub use diff::{Difference, DifferenceKind, diff};
pub use finding::{Steps, Thresholds};
pub use observed::Observed;
pub use plan::{Kept, plan, plan_restore};
pub use project::project;
pub use recipe::known_recipes;
pub use revision::Revision;
pub use roster::{Roster, Watches};
pub use tree::{Growth, Open, Put, Record, Slot, Tree, Znode};
pub use waits::deadlocks;
