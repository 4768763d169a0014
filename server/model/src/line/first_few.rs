//! One line, the first few of which hold. The next waits until any of them goes, so what it waits for is a change of the
//! directory; each other waits for the one before it.

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

    /// The first who waits. What it costs grows with the places, whose number is bounded, and not with who waits.
    fn first_waiter<'a>(&self, cohort: &'a Cohort) -> Option<&'a Place> {
        cohort.line.iter().nth(self.places())
    }

    fn told(&self, directory: &Directory<'_>, first_waiter: Option<&Place>, place: &Place) -> Option<Member> {
        let waits = match first_waiter {
            Some(first) if place == first => Waits::For(Some(directory.path.clone())),
            Some(first) if place > first => {
                Waits::For(directory.cohort.before(place).and_then(|before| directory.path_of(before)))
            }
            _ => Waits::Not,
        };
        directory.member(place, Mode::Lease, waits)
    }

    fn slice(&self, site: &Site<'_>, skip: usize, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        let first_waiter = self.first_waiter(directory.cohort);
        let line = directory.cohort.line.iter().skip(skip).take(limit);
        line.filter_map(|place| self.told(&directory, first_waiter, place)).collect()
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
        self.told(&directory, self.first_waiter(directory.cohort), &place)
    }
}
