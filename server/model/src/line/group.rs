//! Members, none before another: all are there, and there is nothing to hold or to wait for.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Stand, Standing, Waits};
use crate::census::{Cohort, Family};
use crate::recipe::{Site, count};

pub(super) struct Group {
    pub(super) family: Family,
}

impl Stand for Group {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let all = site.cohort(self.family).map_or(0, Cohort::len);
        Standing { held_by: count(all), blocked: 0, waiting_since: None }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        let line = directory.cohort.line.iter().take(limit);
        line.filter_map(|place| directory.member(place, Mode::Exclusive, Waits::Never)).collect()
    }

    fn waiters(&self, _: &Site<'_>, _: usize) -> Vec<Member> {
        Vec::new()
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        let directory = Directory::of(site, self.family)?;
        let place = directory.place(path)?;
        directory.member(&place, Mode::Exclusive, Waits::Never)
    }
}
