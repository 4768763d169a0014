//! One line of readers and writers: the readers before the first writer hold, or that writer alone.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Reading, Stand, Standing, Waits};
use crate::census::{Cohort, Family, Place};
use crate::recipe::{Site, count};

pub(super) struct ReadWrite {
    pub(super) family: Family,
    pub(super) reading: Reading,
}

impl ReadWrite {
    /// The first writer, if nobody stands before it.
    fn holding_writer<'a>(&self, cohort: &'a Cohort) -> Option<&'a Place> {
        cohort.first_writer().filter(|writer| cohort.first() == Some(writer))
    }

    /// The readers that hold although a writer does: those of its own session, where the library lets it (a downgrade; Curator
    /// before 5.5 numbers them anew, later ones repeat the writer's number). Another thread of the same client looks the same
    /// before 5.5 and waits; which one it is, the layout does not tell.
    fn downgraded<'a>(&self, directory: &Directory<'a>) -> Vec<&'a Place> {
        if self.reading == Reading::Nearest {
            return Vec::new();
        }
        let Some(writer) = self.holding_writer(directory.cohort) else {
            return Vec::new();
        };
        let session = directory.znode.child(&writer.name).and_then(|znode| znode.stat().owner());
        let own = session.into_iter().flat_map(|session| directory.cohort.owned_by(session));
        own.filter(|place| place.mode == Mode::Read).collect()
    }

    fn holds(&self, directory: &Directory<'_>, place: &Place, downgraded: &[&Place]) -> bool {
        let cohort = directory.cohort;
        match place.mode {
            Mode::Read => {
                cohort.first_writer().is_none_or(|writer| place < writer)
                    || downgraded.binary_search(&place).is_ok()
            }
            _ => cohort.first() == Some(place),
        }
    }

    fn told(&self, directory: &Directory<'_>, place: &Place, downgraded: &[&Place]) -> Option<Member> {
        let cohort = directory.cohort;
        if self.holds(directory, place, downgraded) {
            return directory.member(place, place.mode, Waits::Not);
        }
        let watched = match (place.mode, self.reading) {
            (Mode::Read, Reading::Nearest) => cohort.writer_before(place),
            (Mode::Read, Reading::Curator) => cohort.first_writer(),
            _ => cohort.before(place),
        };
        let waits = Waits::For(watched.and_then(|place| directory.path_of(place)));
        directory.member(place, place.mode, waits)
    }
}

impl Stand for ReadWrite {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let Some(directory) = Directory::of(site, self.family) else {
            return Standing::default();
        };
        let held = match self.holding_writer(directory.cohort) {
            Some(_) => 1 + self.downgraded(&directory).len(),
            None => directory.cohort.readers_ahead,
        };
        let blocked = directory.cohort.len().saturating_sub(held);
        Standing { held_by: count(held), blocked: count(blocked), waiting_since: None }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        let cohort = directory.cohort;
        let downgraded = self.downgraded(&directory);
        let told = |place| self.told(&directory, place, &downgraded);
        match (self.holding_writer(cohort), cohort.first_writer()) {
            (Some(writer), _) => {
                [writer].into_iter().chain(downgraded.iter().copied()).take(limit).filter_map(told).collect()
            }
            (None, Some(writer)) => {
                cohort.line.range(..writer.clone()).take(limit).filter_map(told).collect()
            }
            (None, None) => cohort.line.iter().take(limit).filter_map(told).collect(),
        }
    }

    fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        let Some(directory) = Directory::of(site, self.family) else {
            return Vec::new();
        };
        // Without a writer nobody waits; with one, nobody before it does.
        let Some(writer) = directory.cohort.first_writer() else {
            return Vec::new();
        };
        let downgraded = self.downgraded(&directory);
        let waiting = directory
            .cohort
            .line
            .range(writer.clone()..)
            .filter(|place| !self.holds(&directory, place, &downgraded));
        waiting.take(limit).filter_map(|place| self.told(&directory, place, &downgraded)).collect()
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        let directory = Directory::of(site, self.family)?;
        let place = directory.place(path)?;
        let downgraded = self.downgraded(&directory);
        self.told(&directory, &place, &downgraded)
    }
}
