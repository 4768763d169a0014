//! Who asks, and what they may do.

pub mod approvals;
pub mod authority;
pub mod deed;
pub mod freeze;
mod pace;
pub mod pattern;
pub mod policy;
mod principal;
pub mod secret;

pub use authority::{Authority, Evidence, Permit};
pub use deed::Deed;
pub use principal::{Principal, SessionKey};
