//! What the console can carry: the measurements behind `make bench`, and behind the tests that are these in small.
//!
//! Each measures the console as it is built against a real ZooKeeper, and beside it a reference in the same run: what a program
//! without a console would need for the same.

pub mod caches;
pub mod crowd;
pub mod grove;
pub mod latency;
pub mod memory;
pub mod polite;
pub mod process;
pub mod quantiles;
pub mod rate;
pub mod reads;
pub mod rescan;
pub mod scan;
pub mod screens;

pub use grove::{Grove, Shape};
pub use quantiles::Quantiles;
