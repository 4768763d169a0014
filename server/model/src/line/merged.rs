//! Contenders of several libraries in one directory that all go by the number: one line, the first of which holds.

use zooscope_protocol::{Member, Mode, ZnodePath};

use super::{Directory, Stand, Standing, Waits};
use crate::census::{Family, Place};
use crate::recipe::{Site, count};

/// The families that stand in one line: Curator sorts all children by what follows `lock-`, go-zookeeper by the number after it,
/// and zookeeper-client's names have the same shape.
const FAMILIES: [Family; 3] = [Family::CuratorLock, Family::GoLock, Family::ClientLock];

pub(super) struct Merged;

/// Those of the families that have members here, where there are several.
pub(crate) fn merged(site: &Site<'_>) -> Vec<Family> {
    let fits = |family: &Family| {
        site.cohort(*family)
            .and_then(|cohort| cohort.first())
            .is_some_and(|place| place.name.contains("lock-"))
    };
    let here: Vec<Family> = FAMILIES.into_iter().filter(fits).collect();
    if here.len() > 1 { here } else { Vec::new() }
}

/// The directory once for each family.
fn parts<'a>(site: &Site<'a>) -> Vec<Directory<'a>> {
    merged(site).into_iter().filter_map(|family| Directory::of(site, family)).collect()
}

fn told(parts: &[Directory<'_>], own: &Directory<'_>, place: &Place) -> Option<Member> {
    let before = parts.iter().filter_map(|part| part.cohort.before(place)).max();
    let waits = before.map_or(Waits::Not, |before| Waits::For(own.path_of(before)));
    own.member(place, Mode::Exclusive, waits)
}

fn slice(site: &Site<'_>, skip: usize, limit: usize) -> Vec<Member> {
    let parts = parts(site);
    let most = limit.saturating_add(skip);
    let of = |part| {
        let part: &Directory<'_> = part;
        part.cohort.line.iter().take(most).map(move |place| (place, part))
    };
    let mut line: Vec<(&Place, &Directory<'_>)> = parts.iter().flat_map(of).collect();
    line.sort_by_key(|(place, _)| *place);
    let line = line.into_iter().skip(skip).take(limit);
    line.filter_map(|(place, own)| told(&parts, own, place)).collect()
}

impl Stand for Merged {
    fn standing(&self, site: &Site<'_>) -> Standing {
        let all: usize = parts(site).iter().map(|part| part.cohort.len()).sum();
        Standing { held_by: u32::from(all > 0), blocked: count(all.saturating_sub(1)), waiting_since: None }
    }

    fn holders(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        slice(site, 0, limit.min(1))
    }

    fn waiters(&self, site: &Site<'_>, limit: usize) -> Vec<Member> {
        slice(site, 1, limit)
    }

    fn member(&self, site: &Site<'_>, path: &ZnodePath) -> Option<Member> {
        let parts = parts(site);
        parts.iter().find_map(|own| told(&parts, own, &own.place(path)?))
    }
}
