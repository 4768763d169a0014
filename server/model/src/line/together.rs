//! Members of which none stands before another: a group, a barrier, leases that are never queued for.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Stand, Standing, Together, Waits};
use crate::census::{Family, Place};
use crate::recipe::{Site, count};

pub(super) struct Members {
    pub(super) family: Family,
    pub(super) mode: Mode,
    pub(super) as_one: Together,
}

impl Members {
    fn waits(&self) -> bool {
        matches!(self.as_one, Together::Await(_))
    }

    fn told(&self, directory: &Directory<'_>, place: &Place) -> Option<Member> {
        let waits = match self.as_one {
            Together::Present => Waits::Never,
            Together::Hold => Waits::Not,
            Together::Await(name) => Waits::For(directory.path.child(name).ok()),
        };
        // Where some ask to read and others to write, each place says which.
        let mode = if self.family == Family::HiveLock { place.mode } else { self.mode };
        directory.member(place, mode, waits)
    }

    fn first(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        let line = directory.cohort.line.iter().take(limit);
        line.filter_map(|place| self.told(&directory, place)).collect()
    }
}

impl Stand for Members {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let all = count(site.cohort(self.family).map_or(0, |cohort| cohort.len()));
        let (held_by, blocked) = if self.waits() { (0, all) } else { (all, 0) };
        Standing { held_by, blocked, waiting_since: None }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        if self.waits() { Vec::new() } else { self.first(site, limit) }
    }

    fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        if self.waits() { self.first(site, limit) } else { Vec::new() }
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        let directory = Directory::of(site, self.family)?;
        let place = directory.place(path)?;
        self.told(&directory, &place)
    }
}
