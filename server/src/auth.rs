//! Who asks, and what they may do.

pub mod approvals;
pub mod authority;
pub mod deed;
pub mod freeze;
pub mod gate;
pub mod oidc;
mod pace;
pub mod password;
pub mod pattern;
pub mod policy;
mod principal;
mod proxy;
pub mod secret;
pub mod sessions;
pub mod sight;
mod throttle;

pub use authority::{Authority, Evidence, Permit};
pub use deed::Deed;
pub use gate::Gate;
pub use principal::{Principal, SessionKey};
pub use sight::Sight;
