//! One line, the first of which holds; each other waits for the one before it.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Stand, Standing, Waits};
use crate::census::{Family, Place};
use crate::recipe::{Site, count};

pub(super) struct Exclusive {
    pub(super) family: Family,
    pub(super) mode: Mode,
}

impl Exclusive {
    fn told(&self, directory: &Directory<'_>, place: &Place) -> Option<Member> {
        let waits = match directory.cohort.before(place) {
            None => Waits::Not,
            Some(before) => Waits::For(directory.path_of(before)),
        };
        directory.member(place, self.mode, waits)
    }

    fn slice(&self, site: &Site<'_>, skip: usize, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        let line = directory.cohort.line.iter().skip(skip).take(limit);
        line.filter_map(|place| self.told(&directory, place)).collect()
    }
}

impl Stand for Exclusive {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let all = site.cohort(self.family).map_or(0, |cohort| cohort.len());
        Standing { held_by: u32::from(all > 0), blocked: count(all.saturating_sub(1)), waiting_since: None }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.slice(site, 0, limit.min(1))
    }

    fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.slice(site, 1, limit)
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        let directory = Directory::of(site, self.family)?;
        let place = directory.place(path)?;
        self.told(&directory, &place)
    }
}
