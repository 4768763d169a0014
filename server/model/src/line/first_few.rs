//! One line, the first few of which hold. Whoever waits goes on when enough of those before it have gone, whichever they are; so
//! what it waits for is a change of the directory.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Stand, Standing, Waits};
use crate::census::{Cohort, Family, Place};
use crate::recipe::{Site, count};

pub(super) struct FirstFew {
    pub(super) family: Family,
    pub(super) places: u32,
}

impl FirstFew {
    fn places(&self) -> usize {
        usize::try_from(self.places).unwrap_or(usize::MAX)
    }

    fn told(directory: &Directory<'_>, place: &Place, holds: bool) -> Option<Member> {
        let waits = if holds { Waits::Not } else { Waits::For(Some(directory.path.clone())) };
        directory.member(place, Mode::Lease, waits)
    }

    fn slice(&self, site: &Site<'_>, skip: usize, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        let line = directory.cohort.line.iter().skip(skip).take(limit);
        line.filter_map(|place| Self::told(&directory, place, skip == 0)).collect()
    }
}

impl Stand for FirstFew {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let all = site.cohort(self.family).map_or(0, Cohort::len);
        let held = all.min(self.places());
        Standing { held_by: count(held), blocked: count(all - held), waiting_since: None }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.slice(site, 0, limit.min(self.places()))
    }

    fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        self.slice(site, self.places(), limit)
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        let directory = Directory::of(site, self.family)?;
        let place = directory.place(path)?;
        // How many hold is bounded, so that this costs the same however many wait.
        let holds = directory.cohort.line.iter().take(self.places()).any(|holder| *holder == place);
        Self::told(&directory, &place, holds)
    }
}
