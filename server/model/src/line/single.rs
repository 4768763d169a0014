//! One znode that is the lock: it is there while somebody holds. Those who wait for it leave no trace but a watch.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Stand, Standing, Waits, member};
use crate::census::Family;
use crate::recipe::Site;

pub(super) struct Single {
    /// The name of the child that is the lock; `None` where the site itself is.
    pub(super) child: Option<&'static str>,
    pub(super) mode: Mode,
}

impl Single {
    fn holder(&self, site: &Site<'_>) -> Option<Member> {
        let (path, znode) = match self.child {
            None => (site.path.clone(), site.znode),
            Some(name) => site.child(name)?,
        };
        Some(member(path, znode, Family::Ephemeral, self.mode, None, Waits::Not))
    }
}

impl Stand for Single {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let held_by = u32::from(self.holder(site).is_some());
        Standing { held_by, ..Standing::default() }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.holder(site).into_iter().take(limit).collect()
    }

    fn waiters(&self, _: &Site<'_>, _: usize) -> Vec<Member> {
        Vec::new()
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        self.holder(site).filter(|member| member.path == *path)
    }
}
