//! What a declaration would recognise, before it is kept.

use std::sync::Arc;

use imbl::OrdMap;
use zooscope_protocol::ZnodePath;
use zooscope_protocol::recipe::{Trial, TrialMatch};

use super::tree::recipe;
use crate::census::{Census, Cohort};
use crate::declared::{Declarations, Declared, DeclaredError};
use crate::recipe::{Fact, Site, recognise};
use crate::revision::Revision;
use crate::tree::Znode;

/// How many directories are shown.
const MATCHES: usize = 10;
/// How many who would hold are shown of each.
const HOLDERS: usize = 3;

/// What this declaration alone would recognise in a revision, which stays as it is. It costs the subtrees that its path leads
/// into, and the children of what it matches. `toml` is the declaration as it is written in a configuration.
pub fn trial(revision: &Revision, declared: Declared, toml: String) -> Result<Trial, DeclaredError> {
    let alone = Declarations::default().with(declared)?;
    let mut trial = Trial { paths: 0, recognised: 0, protected: 0, matches: Vec::new(), toml };
    for path in alone.directories(&revision.tree) {
        let (Some(znode), Some(declared)) = (revision.tree.get(&path), alone.of(&path)) else {
            continue;
        };
        // What is ephemeral has no children and never will: it is no directory.
        if znode.child_count() == 0 && znode.stat().owner().is_some() {
            continue;
        }
        trial.paths = trial.paths.saturating_add(1);
        let hands_off = hands_off(revision, &path, znode);
        trial.protected = trial.protected.saturating_add(u32::from(hands_off.is_some()));
        if trial.matches.len() == MATCHES {
            let member =
                |(name, child): (&_, &crate::tree::Child)| declared.classify(name, child.znode()).is_some();
            let recognised = znode.child_count() == 0 || znode.child_map().iter().any(member);
            trial.recognised = trial.recognised.saturating_add(u32::from(recognised));
            continue;
        }
        let found =
            TrialMatch { hands_off: hands_off.map(str::to_owned), ..matched(revision, declared, path) };
        let recognised = found.members > 0 || found.others == 0;
        trial.recognised = trial.recognised.saturating_add(u32::from(recognised));
        trial.matches.push(found);
    }
    Ok(trial)
}

/// Why nothing is done here where nothing is declared.
fn hands_off(revision: &Revision, path: &ZnodePath, znode: &Znode) -> Option<&'static str> {
    let mut censuses = revision.catalog.censuses.clone();
    if censuses.get(path).is_some_and(|census| census.declared.is_some()) {
        // It is declared today, and what it would be otherwise was never asked.
        censuses = match Census::of(znode, None) {
            Some(census) => censuses.update(path.clone(), census),
            None => censuses.without(path),
        };
    }
    match recognise(&Site::at(&revision.tree, &censuses, path)?)? {
        Fact::Lock(lock) => lock.hands_off,
        Fact::Queue(queue) => queue.hands_off,
    }
}

fn matched(revision: &Revision, declared: &Arc<Declared>, path: ZnodePath) -> TrialMatch {
    let today = recipe(revision, &path);
    let mut told =
        TrialMatch { path, members: 0, others: 0, holders: Vec::new(), waiting: 0, today, hands_off: None };
    let Some(znode) = revision.tree.get(&told.path) else {
        return told;
    };
    let count = crate::recipe::count;
    let censuses: OrdMap<ZnodePath, Arc<Census>> =
        Census::of(znode, Some(declared)).into_iter().map(|census| (told.path.clone(), census)).collect();
    let Some(site) = Site::at(&revision.tree, &censuses, &told.path) else {
        return told;
    };
    let members = site.cohort(declared.family()).map_or(0, Cohort::len);
    told.members = count(members);
    told.others = count(znode.child_count().saturating_sub(members));
    match recognise(&site) {
        Some(Fact::Lock(lock)) if lock.declared.is_some() => {
            told.waiting = lock.standing.blocked;
            told.holders = lock.line.holders(&site, HOLDERS);
        }
        Some(Fact::Queue(queue)) if queue.declared.is_some() => told.waiting = queue.depth,
        _ => {}
    }
    told
}
