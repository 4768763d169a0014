//! The census of a directory: its children by family and place, kept so that one child more or less costs O(log n).

use std::sync::Arc;

use imbl::OrdSet;
use zooscope_protocol::{Mode, SessionId};

mod family;
mod item_name;
mod names;
pub(crate) mod sequence;

pub(crate) use family::{Family, Place, Shape, Sighting};
pub(crate) use item_name::{FRAME, due_field, framed, priority_field};
pub(crate) use names::{LETTER, is_uuid};

use crate::declared::Declared;
use crate::tree::{Name, Znode};

/// The children of one directory whose names are of a known family.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Census {
    /// What the directory is declared to be. A declared directory has a census though it be empty.
    pub(crate) declared: Option<Arc<Declared>>,
    cohorts: Vec<(Family, Cohort)>,
}

/// The members of one family in a directory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cohort {
    /// All, in the order in which they stand.
    pub(crate) line: OrdSet<Place>,
    /// By number, where that is another order.
    arrival: OrdSet<(i32, Name)>,
    /// Those that contend, by session.
    owners: OrdSet<(SessionId, Place)>,
    /// Those that ask to write, where there are readers.
    writers: OrdSet<Place>,
    /// How many readers stand before the first writer.
    pub(crate) readers_ahead: usize,
    /// How many have no session.
    pub(crate) persistent: usize,
    shapes: [usize; 5],
}

impl Census {
    /// Counts the children of a directory; `None` when none is of a known family and the directory is not declared.
    pub(crate) fn of(directory: &Znode, declared: Option<&Arc<Declared>>) -> Option<Arc<Self>> {
        let mut census = Self { declared: declared.cloned(), ..Self::default() };
        for (name, child) in directory.child_map() {
            if let Some(sighting) = classify_in(declared.map(Arc::as_ref), name, child.znode()) {
                census.cohort_mut(sighting.family).count(sighting, true);
            }
        }
        for (_, cohort) in census.cohorts.iter_mut().filter(|(family, _)| family.shares()) {
            cohort.readers_ahead = cohort.count_readers(None, cohort.first_writer());
        }
        (!census.is_empty()).then(|| Arc::new(census))
    }

    /// One child more.
    pub(crate) fn add(&mut self, sighting: Sighting) {
        self.cohort_mut(sighting.family).add(sighting);
    }

    /// One child less.
    pub(crate) fn remove(&mut self, sighting: Sighting) {
        let family = sighting.family;
        self.cohort_mut(family).remove(sighting);
        self.cohorts.retain(|(_, cohort)| !cohort.line.is_empty());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cohorts.is_empty() && self.declared.is_none()
    }

    /// Says what a child of this directory is.
    pub(crate) fn classify(&self, name: &Name, znode: &Znode) -> Option<Sighting> {
        classify_in(self.declared.as_deref(), name, znode)
    }

    /// The members of a family, if there are any.
    pub(crate) fn cohort(&self, family: Family) -> Option<&Cohort> {
        self.cohorts.iter().find(|(its, _)| *its == family).map(|(_, cohort)| cohort)
    }

    /// All members, by family.
    pub(crate) fn cohorts(&self) -> impl Iterator<Item = (Family, &Cohort)> {
        self.cohorts.iter().map(|(family, cohort)| (*family, cohort))
    }

    fn cohort_mut(&mut self, family: Family) -> &mut Cohort {
        let at = match self.cohorts.binary_search_by_key(&family, |(its, _)| *its) {
            Ok(at) => at,
            Err(at) => {
                self.cohorts.insert(at, (family, Cohort::default()));
                at
            }
        };
        &mut self.cohorts[at].1
    }
}

/// Says what a child of a directory is: a member of what is declared there, or else what its name alone says.
pub(crate) fn classify_in(declared: Option<&Declared>, name: &Name, znode: &Znode) -> Option<Sighting> {
    declared.and_then(|declared| declared.classify(name, znode)).or_else(|| names::classify(name, znode))
}

impl Cohort {
    pub(crate) fn len(&self) -> usize {
        self.line.len()
    }

    pub(crate) fn first(&self) -> Option<&Place> {
        self.line.get_min()
    }

    /// The member that stands right before a place.
    pub(crate) fn before(&self, place: &Place) -> Option<&Place> {
        self.line.range(..place.clone()).next_back()
    }

    pub(crate) fn writers(&self) -> usize {
        self.writers.len()
    }

    pub(crate) fn first_writer(&self) -> Option<&Place> {
        self.writers.get_min()
    }

    /// The last writer before a place.
    pub(crate) fn writer_before(&self, place: &Place) -> Option<&Place> {
        self.writers.range(..place.clone()).next_back()
    }

    /// The members that a session owns, in the order in which they stand.
    pub(crate) fn owned_by(&self, session: SessionId) -> impl DoubleEndedIterator<Item = &Place> {
        let least =
            Place { primary: i64::MIN, sequence: i32::MIN, mode: Mode::Exclusive, name: Name::from("") };
        let range = match session.0.checked_add(1) {
            Some(next) => self.owners.range((session, least.clone())..(SessionId(next), least)),
            None => self.owners.range((session, least)..),
        };
        range.map(|(_, place)| place)
    }

    /// The members that sessions own, those of one session together and in the order in which they stand.
    pub(crate) fn owned(&self) -> impl Iterator<Item = (SessionId, &Place)> {
        self.owners.iter().map(|(session, place)| (*session, place))
    }

    /// Whether its members are of two sessions at least.
    pub(crate) fn of_several_sessions(&self) -> bool {
        let first = self.owners.get_min().map(|(session, _)| session);
        first != self.owners.get_max().map(|(session, _)| session)
    }

    /// The names in the order in which their znodes came.
    pub(crate) fn arrivals(&self) -> Box<dyn Iterator<Item = &Name> + '_> {
        if self.arrival.is_empty() {
            Box::new(self.line.iter().map(|place| &place.name))
        } else {
            Box::new(self.arrival.iter().map(|(_, name)| name))
        }
    }

    /// The names that came after a place, in the order in which their znodes came.
    pub(crate) fn arrivals_after(&self, place: &Place) -> impl Iterator<Item = &Name> {
        use std::ops::Bound::{Excluded, Unbounded};
        let after = (place.sequence, place.name.clone());
        self.arrival.range((Excluded(after), Unbounded)).map(|(_, name)| name)
    }

    /// How many members have names of this shape.
    pub(crate) fn shaped(&self, shape: Shape) -> usize {
        self.shapes[shape as usize]
    }

    fn add(&mut self, sighting: Sighting) {
        if sighting.family.shares() {
            let first = self.first_writer();
            let ahead = first.is_none_or(|first| sighting.place < *first);
            match sighting.place.mode {
                Mode::Read => self.readers_ahead += usize::from(ahead),
                _ if ahead => self.readers_ahead -= self.count_readers(Some(&sighting.place), first),
                _ => {}
            }
        }
        self.count(sighting, true);
    }

    fn remove(&mut self, sighting: Sighting) {
        let place = sighting.place.clone();
        let first = self.first_writer().cloned();
        self.count(sighting, false);
        if place.mode == Mode::Read && first.as_ref().is_none_or(|first| place < *first) {
            // Only families with readers count them; the others never have the mode.
            self.readers_ahead = self.readers_ahead.saturating_sub(1);
        } else if first.as_ref() == Some(&place) {
            self.readers_ahead += self.count_readers(Some(&place), self.first_writer());
        }
    }

    fn count(&mut self, sighting: Sighting, more: bool) {
        let Sighting { family, shape, place, session } = sighting;
        edit(&mut self.shapes[shape as usize], more);
        if session.is_none() {
            edit(&mut self.persistent, more);
        }
        if family.reorders() {
            set(&mut self.arrival, (place.sequence, place.name.clone()), more);
        }
        if let Some(session) = session.filter(|_| family.contends()) {
            set(&mut self.owners, (session, place.clone()), more);
        }
        if family.shares() && place.mode == Mode::Write {
            set(&mut self.writers, place.clone(), more);
        }
        set(&mut self.line, place, more);
    }

    /// The readers from one place on and before another. In the order in which contenders come, each reader is counted
    /// once in its life, when the writer before it goes.
    fn count_readers(&self, from: Option<&Place>, to: Option<&Place>) -> usize {
        let line: Box<dyn Iterator<Item = &Place>> = match (from, to) {
            (None, None) => return self.line.len() - self.writers.len(),
            (None, Some(to)) => Box::new(self.line.range(..to.clone())),
            (Some(from), None) => Box::new(self.line.range(from.clone()..)),
            (Some(from), Some(to)) if from < to => Box::new(self.line.range(from.clone()..to.clone())),
            _ => return 0,
        };
        line.filter(|place| place.mode == Mode::Read).count()
    }
}

fn edit(count: &mut usize, more: bool) {
    *count = if more { count.saturating_add(1) } else { count.saturating_sub(1) };
}

fn set<T: Ord + Clone>(set: &mut OrdSet<T>, item: T, more: bool) {
    if more {
        set.insert(item);
    } else {
        set.remove(&item);
    }
}
