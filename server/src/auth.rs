//! Who asks, and what they may do.

use std::collections::BTreeSet;

use zooscope_protocol::ZnodePath;

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
pub use principal::{Principal, SessionKey, TokenKey};
pub use sight::Sight;

/// Where a deed takes place that is about no znode: at the root, so that a rule about all paths is about it too.
pub fn everywhere() -> BTreeSet<ZnodePath> {
    BTreeSet::from([ZnodePath::root()])
}
